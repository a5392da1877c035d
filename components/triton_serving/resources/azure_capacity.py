"""AzureCapacity as components declare it: the question whether Azure has room, asked before anything is made. Property
names are the engine's own throughout, as in model_version.py."""

from typing import Any

import pulumi

_FOUND = ("vcpusWanted", "vcpusLeft")


class AzureCapacity(pulumi.CustomResource):
    """Whether a subscription has room for a cluster's pools. Used through GpuCluster."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("triton-serving:index:AzureCapacity", name, {**props, **dict.fromkeys(_FOUND)}, opts)

    def output(self, name: str) -> pulumi.Output[Any]:
        """An output by the engine's name."""
        found: pulumi.Output[Any] = pulumi.get(self, name)
        return found
