"""ClusterEntrance as components declare it: the way into a cluster, once it is open."""

from typing import Any

import pulumi


class ClusterEntrance(pulumi.CustomResource):
    """The kubeconfig of a cluster, once it lets this login in. Used through GpuCluster."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("triton-serving:index:ClusterEntrance", name, {**props, "openedKubeconfig": None}, opts)

    @property
    def kubeconfig(self) -> pulumi.Output[str]:
        """The kubeconfig that was given, a secret."""
        return pulumi.Output.secret(pulumi.get(self, "openedKubeconfig"))
