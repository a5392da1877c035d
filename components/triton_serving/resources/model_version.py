"""ModelVersion as programs declare it: the registered content of one model directory, and its kept history.

Property names are the engine's own throughout. Pulumi's translation to Python names, without a class of types, also
translates keys inside of maps: a model called `bertLarge` would come out as `bert_large`.
"""

from typing import Any

import pulumi


class ModelVersion(pulumi.CustomResource):
    """A model directory, pushed as an immutable image under a counted version. Used through TritonModelRepository."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        computed = dict.fromkeys(("imageRef", "digest", "version", "models"))
        super().__init__("triton-serving:index:ModelVersion", name, {**props, **computed}, opts)

    @property
    def image_ref(self) -> pulumi.Output[str]:
        """The image by digest."""
        return pulumi.get(self, "imageRef")

    @property
    def digest(self) -> pulumi.Output[str]:
        """Digest of the image, the same on every machine for the same bytes."""
        return pulumi.get(self, "digest")

    @property
    def version(self) -> pulumi.Output[int]:
        """The counted version."""
        return pulumi.get(self, "version")

    @property
    def models(self) -> pulumi.Output[dict[str, list[int]]]:
        """Each model's name and the version numbers that Triton serves of it."""
        return pulumi.get(self, "models")
