"""AzureCapacity as GpuCluster declares it: the question whether Azure has room, asked before anything is made."""

from .declared import Declared


class AzureCapacity(Declared):
    """Whether a subscription has room for a cluster's pools. Used through GpuCluster."""

    type_name = "AzureCapacity"
    _computed = ("vcpusWanted", "vcpusLeft")
