"""What the custom resources have in common where programs and components declare them.

Property names are the engine's own throughout. Pulumi's translation to Python names, without a class of types, also
translates keys inside of maps: a model called `bertLarge` would come out as `bert_large`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi


class Declared(pulumi.CustomResource):
    """A subclass has the name of its type."""

    _computed: ClassVar[tuple[str, ...]] = ()
    """The outputs that are no inputs."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        kind = f"triton-serving:index:{type(self).__name__}"
        super().__init__(kind, name, {**props, **dict.fromkeys(self._computed)}, opts)

    def output(self, name: str) -> pulumi.Output[Any]:
        """An output by the engine's name."""
        found: pulumi.Output[Any] = pulumi.get(self, name)
        return found
