"""LocalService as programs declare it: processes on this machine that serve a model version.

Property names are the engine's own throughout, as in model_version.py.
"""

from typing import Any

import pulumi

_COMPUTED = (
    "scoringUri", "inferUris", "healthUri", "swaggerUri", "grpcTarget", "state", "modelDigest", "logs",
)  # fmt: skip


class LocalService(pulumi.CustomResource):
    """A service on this machine. Used through LocalWebservice."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("triton-serving:index:LocalService", name, {**props, **dict.fromkeys(_COMPUTED)}, opts)

    def output(self, name: str) -> pulumi.Output[Any]:
        """An output by the engine's name."""
        return pulumi.get(self, name)
