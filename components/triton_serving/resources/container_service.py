"""ContainerService and ContainerRollout as components declare them. Property names are the engine's own throughout, as
in model_version.py."""

from typing import Any

import pulumi

_PLANNED = (
    "containers", "folder", "slot", "usedPort", "served", "startupSeconds", "modelDigest", "sourceDigest",
)  # fmt: skip
_REACHED = ("scoringUri", "inferUris", "healthUri", "swaggerUri", "grpcTarget", "state", "logs")


class ContainerService(pulumi.CustomResource):
    """What a service in containers on this machine consists of. Used through LocalWebservice."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("triton-serving:index:ContainerService", name, {**props, **dict.fromkeys(_PLANNED)}, opts)

    def output(self, name: str) -> pulumi.Output[Any]:
        """An output by the engine's name."""
        return pulumi.get(self, name)


class ContainerRollout(pulumi.CustomResource):
    """The wait for containers to serve. Used through LocalWebservice."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("triton-serving:index:ContainerRollout", name, {**props, **dict.fromkeys(_REACHED)}, opts)

    def output(self, name: str) -> pulumi.Output[Any]:
        """An output by the engine's name."""
        return pulumi.get(self, name)
