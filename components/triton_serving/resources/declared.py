"""What the custom resources have in common where programs and components declare them.

Property names are the engine's own throughout. Pulumi's translation to Python names, without a class of types, also
translates keys inside of maps: a model called `bertLarge` would come out as `bert_large`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi


class Declared(pulumi.CustomResource):
    """A resource that this package's plugin serves."""

    type_name: ClassVar[str]
    """As its provider has it."""
    _computed: ClassVar[tuple[str, ...]] = ()
    """The outputs that need not be inputs."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        outputs = dict.fromkeys(self._computed)
        super().__init__(f"triton-serving:index:{self.type_name}", name, {**outputs, **props}, opts)

    def output(self, name: str) -> pulumi.Output[Any]:
        """An output by the engine's name."""
        found: pulumi.Output[Any] = pulumi.get(self, name)
        return found

    def text_or_none(self, name: str) -> pulumi.Output[str | None]:
        """Resources say empty text for none, as the engine would drop it."""
        return self.output(name).apply(lambda known: known or None)
