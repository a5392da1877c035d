"""Rules for AKS clusters: who may sign in, from where, what pods may reach, and that it stays up to date."""

from collections.abc import Iterator

from .kinds import CLUSTER
from .rule import UNKNOWN, Resource, Rule, Settings, at, entries, is_or_will_be, texts

_EVERYBODY = ("0.0.0.0/0", "*", "Internet")


def _identity(resource: Resource, _: Settings) -> Iterator[str]:
    for path, why in (
        ("disableLocalAccounts", "nobody signs in by a certificate that cannot be taken back"),
        ("aadProfile.managed", "people sign in by Entra ID"),
        ("aadProfile.enableAzureRBAC", "role assignments say who may do what"),
        ("oidcIssuerProfile.enabled", "pods sign in without a password"),
        ("securityProfile.workloadIdentity.enabled", "pods sign in without a password"),
    ):
        value = at(resource.inputs, path)
        if not is_or_will_be(value, True):
            yield f"'{path}' must be true, so that {why} (got {value!r}); set it, as GpuCluster does"
    if at(resource.inputs, "enableRBAC") is False:
        yield "'enableRBAC' must be true, its default (got False): without it every login may do everything; remove it"


def _api(resource: Resource, _: Settings) -> Iterator[str]:
    if is_or_will_be(at(resource.inputs, "apiServerAccessProfile.enablePrivateCluster"), True):
        return
    path = "apiServerAccessProfile.authorizedIPRanges"
    if at(resource.inputs, path) is UNKNOWN:
        return
    ranges = entries(resource.inputs, path)
    if not ranges:
        yield (
            f"'{path}' must say who reaches the cluster's API, unless enablePrivateCluster is true: everybody does; "
            "give GpuCluster apiAllowedRanges or privateApi"
        )
    for number, allowed in enumerate(ranges):
        if allowed in _EVERYBODY or (isinstance(allowed, str) and allowed.endswith("/0")):
            yield f"'{path}[{number}]' must not be everybody (got {allowed!r}); name the addresses that need it"


def _network(resource: Resource, _: Settings) -> Iterator[str]:
    for path in ("networkProfile.networkPolicy", "networkProfile.networkDataplane"):
        value = at(resource.inputs, path)
        if not is_or_will_be(value, "cilium"):
            yield (
                f"'{path}' must be cilium (got {value!r}): without it the NetworkPolicies of services are not "
                "enforced; set it, as GpuCluster does"
            )


def _upkeep(resource: Resource, settings: Settings) -> Iterator[str]:
    for path in ("addonProfiles.azurepolicy.enabled", "securityProfile.imageCleaner.enabled"):
        value = at(resource.inputs, path)
        if not is_or_will_be(value, True):
            yield f"'{path}' must be true (got {value!r}); set it, as GpuCluster does"
    for path, channels in (
        ("autoUpgradeProfile.upgradeChannel", settings["upgradeChannels"]),
        ("autoUpgradeProfile.nodeOSUpgradeChannel", settings["nodeChannels"]),
    ):
        value = at(resource.inputs, path)
        if not is_or_will_be(value, *channels):
            yield (
                f"'{path}' must be {' or '.join(channels)} (got {value!r}), so that known holes are closed without "
                "anybody's doing; choose one of them"
            )


RULES = (
    Rule(
        "cluster-identity",
        "Whoever signs in to a cluster does it by Entra ID, with roles and no password.",
        (CLUSTER,),
        _identity,
    ),
    Rule("cluster-api", "A cluster's API is reached from its network or from known addresses only.", (CLUSTER,), _api),
    Rule("cluster-network", "A cluster enforces network policies.", (CLUSTER,), _network),
    Rule(
        "cluster-upkeep",
        "A cluster is kept up to date by Azure, watched by its policies, and freed of images that nobody uses.",
        (CLUSTER,),
        _upkeep,
        level="advisory",  # GpuCluster has a named way to turn upgrades off, for those who do them by hand
        settings={
            "upgradeChannels": texts(["patch", "stable", "rapid"], "Upgrades of Kubernetes to allow."),
            "nodeChannels": texts(["NodeImage", "SecurityPatch"], "Upgrades of nodes to allow."),
        },
    ),
)
