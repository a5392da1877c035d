"""A request that reached Azure: to make a resource, or to change it."""

from dataclasses import dataclass

from .bodies import Body, at
from .kinds import Kind
from .storage import World


@dataclass(frozen=True)
class Put:
    world: World
    kind: Kind
    identity: str
    body: Body
    old: Body | None
    """What is there already."""

    @property
    def name(self) -> str:
        return self.identity.rpartition("/")[2]

    @property
    def told(self) -> Body:
        """The resource's own properties, as they are asked for."""
        return dict(self.body.get("properties", {}))

    @property
    def was(self) -> Body:
        """The resource's own properties so far."""
        return dict(at(self.old or {}, "properties") or {})
