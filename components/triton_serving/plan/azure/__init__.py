"""What the resources of a GPU cluster on Azure are given, from GpuCluster's arguments as the engine spells them."""
