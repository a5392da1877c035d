"""What GpuCluster takes: a cluster to make, or one to adopt, and the GPU pools in it."""

from typing import NotRequired, TypedDict

import pulumi


class GpuPool(TypedDict):
    """A pool of GPU nodes."""

    name: str
    """1 to 12 lower-case letters and digits, a letter first. Changing it replaces the pool."""
    vm_size: str
    """The nodes' size, such as Standard_NC24ads_A100_v4. Changing it replaces the pool."""
    count: NotRequired[int]
    """How many nodes, where the pool does not scale by itself. Defaults to scaling from `min_count`."""
    min_count: NotRequired[int]
    """The fewest nodes. Defaults to 0, so that a pool nobody uses costs nothing."""
    max_count: NotRequired[int]
    """The most nodes. Defaults to 1, so that a mistake costs one node."""
    zones: NotRequired[list[str]]
    """Availability zones. Defaults to none: GPUs are scarce, and a pool bound to a zone waits for that zone's.
    Changing them replaces the pool."""
    taints: NotRequired[list[str]]
    """What keeps other pods away. Defaults to `sku=gpu:NoSchedule`, which TritonWebservice tolerates."""
    labels: NotRequired[dict[str, str]]
    """Labels of the nodes, besides those of AKS."""
    spot: NotRequired[bool]
    """Nodes at a discount that Azure may take back at half a minute's notice. Changing it replaces the pool.
    TritonWebservice tolerates their taint. Defaults to false."""
    spot_max_price: NotRequired[float]
    """The most to pay for a spot node, in dollars an hour. Changing it replaces the pool. Defaults to the price of
    ordinary ones."""
    mig_profile: NotRequired[str]
    """Slices of each GPU, `MIG1g` to `MIG7g`; for A100, H100 and H200. Changing it replaces the pool. Defaults
    to none."""
    os_disk_gb: NotRequired[int]
    """Size of the nodes' disk, which holds images and models. Changing it replaces the pool. Defaults to 128."""
    os_disk: NotRequired[str]
    """`ephemeral` (the node's own disk, fast) or `managed`. Changing it replaces the pool. Defaults to
    ephemeral where the size has room for it."""
    driver: NotRequired[str]
    """`aks`: AKS installs NVIDIA's driver. `none`: NVIDIA's GPU operator does. Changing it replaces the pool.
    Defaults to aks."""
    max_pods: NotRequired[int]
    """The most pods of a node. Changing it replaces the pool. Defaults to 30."""


class GpuClusterArgs(TypedDict):
    cluster_name: NotRequired[str]
    """The cluster's name in Azure. Defaults to the component's name. Changing it replaces the cluster."""
    adopt_cluster: NotRequired[pulumi.Input[str]]
    """The Azure id of a cluster that is there already, or its name in `resource_group`. It is never changed nor
    deleted; pools are added to it, and only those are taken away again."""
    resource_group: NotRequired[pulumi.Input[str]]
    """A resource group that is there already. Defaults to one of its own, named as the cluster; it needs `location`."""
    location: NotRequired[str]
    """The Azure region, such as westeurope. Required unless `resource_group` or `adopt_cluster` says it."""
    cluster_purpose: NotRequired[str]
    """`dev`: the free tier, and one small system node. `prod`: uptime guarantee, three zones, and protected data. A
    cluster of dev does not become one of prod later. Defaults to dev."""
    kubernetes_version: NotRequired[str]
    """Major and minor, such as 1.36; AKS keeps the patch current. Defaults to the newest that this package knows. With
    an `upgrade_channel` that raises it, it is only what the cluster begins with."""
    gpu_pools: NotRequired[list[GpuPool]]
    """The pools with GPUs. Defaults to none, for an adopted cluster that has them."""
    system_vm_size: NotRequired[str]
    """Size of the nodes for Kubernetes' own pods. Azure cannot change it later, and previews refuse it. Defaults
    to Standard_D4ds_v5."""
    system_count: NotRequired[int]
    """How many of them. Defaults to 1 in dev and 3 in prod."""
    device_plugin_image: NotRequired[str]
    """NVIDIA's device plugin by digest: nvcr.io/nvidia/k8s-device-plugin:v0.19.0@sha256:… Without it Kubernetes sees no
    GPU. Required with GPU pools, unless `device_plugin_installed`."""
    device_plugin_installed: NotRequired[bool]
    """The cluster gets the device plugin in another way, by the GPU operator or AKS itself. Defaults to false."""
    triton_image: NotRequired[pulumi.Input[str]]
    """The Triton that will run there: the preview refuses a release that the pools' GPUs or driver cannot run."""
    registry_name: NotRequired[str]
    """The registry to make: 5 to 50 letters and digits, and nobody else in Azure may have it."""
    adopt_registry: NotRequired[pulumi.Input[str]]
    """The Azure id of a registry that is there already. The cluster may then pull from it; it is never deleted."""
    subnet_id: NotRequired[pulumi.Input[str]]
    """A subnet of your own for the nodes. Defaults to a network that AKS makes."""
    pod_cidr: NotRequired[str]
    """Addresses of pods, seen inside of the cluster only. Defaults to 10.244.0.0/16."""
    service_cidr: NotRequired[str]
    """Addresses of services, seen inside of the cluster only. Defaults to 10.0.0.0/16."""
    outbound: NotRequired[str]
    """How nodes reach the outside: `load-balancer`, `nat-gateway` or `user-defined` (the routes of your subnet).
    Defaults to load-balancer."""
    private_api: NotRequired[bool]
    """The cluster's API is reached from its network only. Defaults to false."""
    api_allowed_ranges: NotRequired[list[str]]
    """Addresses from which the cluster's API is reached, such as 203.0.113.0/24. Required unless `private_api`."""
    allow_public_api: NotRequired[bool]
    """Let everybody reach the cluster's API, which still asks who it is. Defaults to false."""
    admin_group_ids: NotRequired[list[str]]
    """Entra groups whose members may do everything in the cluster. Defaults to none."""
    grant_deployer: NotRequired[bool]
    """Let whoever runs `pulumi up` make objects in the cluster, and push to and delete from a registry that is
    made, by roles of its own. Defaults to true, and to false for a cluster that is adopted."""
    login: NotRequired[str]
    """How the kubeconfig signs in, as kubelogin names it: `azurecli`, `workloadidentity`, `msi` or `spn`. Defaults to
    azurecli; pipelines with OIDC take workloadidentity."""
    upgrade_channel: NotRequired[str]
    """`patch`, `stable`, `rapid` or `none`: which Kubernetes AKS moves the cluster to by itself. Defaults to patch."""
    maintenance_day: NotRequired[str]
    """The day on which AKS may upgrade. Defaults to Saturday."""
    maintenance_hour: NotRequired[int]
    """The hour, in UTC, from which it may, for four hours. Defaults to 2."""
    allow_old_kubernetes: NotRequired[bool]
    """Take a Kubernetes that AKS does not support any more, on an adopted cluster. Defaults to false."""
    allow_no_capacity_check: NotRequired[bool]
    """Do not ask Azure at preview whether the region has the sizes, zones and quota. Defaults to false."""
    prices: NotRequired[dict[str, float]]
    """Dollars an hour of each size, where yours are not list prices. Defaults to the dated table of this package."""
    tags: NotRequired[dict[str, str]]
    """Azure tags of everything that is made."""
