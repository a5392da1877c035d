"""EnvironmentImage as programs declare it: the packages of an entry script, as an image in a registry.

Property names are the engine's own throughout, as in model_version.py.
"""

from typing import Any

import pulumi


class EnvironmentImage(pulumi.CustomResource):
    """An image with a Python environment in it. Used through ScoringEnvironment."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        computed = dict.fromkeys(("imageRef", "packages"))
        super().__init__("triton-serving:index:EnvironmentImage", name, {**props, **computed}, opts)

    @property
    def image_ref(self) -> pulumi.Output[str]:
        """The image by digest."""
        found: pulumi.Output[str] = pulumi.get(self, "imageRef")
        return found

    @property
    def packages(self) -> pulumi.Output[list[str]]:
        """What is in it, name==version each."""
        found: pulumi.Output[list[str]] = pulumi.get(self, "packages")
        return found
