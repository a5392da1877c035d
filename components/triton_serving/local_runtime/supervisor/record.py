"""What a supervisor writes down of what serves, beside the deployment: the next one takes over the same processes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .identity import Identity
from .ports import Port
from .remains import SERVING
from .serving import Serving
from .unit import Unit


@dataclass(frozen=True)
class Record:
    generation: int
    ports: tuple[int, ...]
    process: Identity | None
    """None for a unit that was being started again."""
    outdated: bool

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.is_alive()

    def take_ports(self) -> Sequence[Port]:
        """Raises `UserError` when one has become somebody else's, as it may where no process of ours listens."""
        return [Port(number, joins=self.lives) for number in self.ports]


def write(serving: Serving) -> None:
    units = {unit.kind: asdict(_record(unit)) for unit in serving}
    new = Path(f"{SERVING}.new")
    new.write_text(json.dumps({**json.loads(serving.deployment.to_json()), "units": units}, indent=1))
    new.replace(SERVING)


def read(text: str) -> Mapping[str, Record]:
    """By kind of unit. Raises `ValueError`, `KeyError` or `TypeError` for what no supervisor like this one wrote."""
    return {
        kind: Record(
            one["generation"],
            tuple(one["ports"]),
            Identity(**one["process"]) if one["process"] else None,
            one["outdated"],
        )
        for kind, one in json.loads(text)["units"].items()
    }


def _record(unit: Unit) -> Record:
    try:
        process = Identity.of(unit.pid) if unit.pid is not None else None
    except ProcessLookupError:
        process = None
    return Record(unit.generation, tuple(port.number for port in unit.ports), process, unit.outdated)
