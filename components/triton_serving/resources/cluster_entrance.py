"""ClusterEntrance as GpuCluster declares it: the way into a cluster, once it is open."""

import pulumi

from .declared import Declared


class ClusterEntrance(Declared):
    """The kubeconfig of a cluster, once it lets this login in. Used through GpuCluster."""

    type_name = "ClusterEntrance"
    _computed = ("openedKubeconfig",)

    @property
    def kubeconfig(self) -> pulumi.Output[str]:
        """The kubeconfig that was given, a secret."""
        return pulumi.Output.secret(self.output("openedKubeconfig"))
