"""What AKS asks of clusters and their maintenance windows."""

import ipaddress
import re
from typing import Any

from . import ids
from .asked import Put
from .bodies import Body, at
from .errors import ArmError, not_found
from .rules_pools import judge_pool_change, judge_pool_itself
from .storage import World

VERSIONS = ("1.34", "1.35", "1.36")
WINDOWS = ("default", "aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule")
IDENTITY_OPERATOR = "f1a07417-d97a-45cb-824c-7a7467783830"


def judge_cluster(put: Put) -> None:
    told = put.told
    _judge_pools(put)
    _judge_version(told.get("kubernetesVersion"), put.was.get("currentKubernetesVersion"))
    if bool(told.get("dnsPrefix")) == bool(told.get("fqdnSubdomain")):
        raise _wrong("dnsPrefix", "either dnsPrefix or, in a private cluster, fqdnSubdomain is required")
    if not re.fullmatch(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,52}[a-zA-Z0-9])?", told.get("dnsPrefix", "a")):
        raise _wrong("dnsPrefix", "must be 1 to 54 letters, digits and '-', with a letter or digit at both ends")
    _judge_identity(put)
    _judge_network(told)
    _judge_access(told)
    if at(told, "securityProfile", "workloadIdentity", "enabled") and not at(told, "oidcIssuerProfile", "enabled"):
        raise _wrong("securityProfile.workloadIdentity", "needs oidcIssuerProfile.enabled")
    if at(put.was, "oidcIssuerProfile", "enabled") and not at(told, "oidcIssuerProfile", "enabled"):
        raise _wrong("oidcIssuerProfile.enabled", "cannot be disabled once it is enabled")
    cleaner = at(told, "securityProfile", "imageCleaner") or {}
    if cleaner.get("enabled") and not 24 <= cleaner.get("intervalHours", 0) <= 2160:
        raise _wrong("securityProfile.imageCleaner.intervalHours", "must be between 24 and 2160")
    if at(put.body, "sku", "tier") == "Free" and at(told, "supportPlan") == "AKSLongTermSupport":
        raise _wrong("supportPlan", "AKSLongTermSupport needs the tier Premium")


def judge_maintenance(put: Put) -> None:
    name, told = put.name, put.told
    if name not in WINDOWS:
        raise _wrong("configName", f"must be one of {', '.join(WINDOWS)}; got '{name}'")
    window = told.get("maintenanceWindow")
    if name == "default":
        if window or not (told.get("timeInWeek") or told.get("notAllowedTime")):
            raise _wrong("maintenanceWindow", "'default' takes timeInWeek and notAllowedTime instead")
        return
    if not window or told.get("timeInWeek"):
        raise _wrong("maintenanceWindow", f"'{name}' takes maintenanceWindow, and no timeInWeek")
    if len(window.get("schedule", {})) != 1:
        raise _wrong("maintenanceWindow.schedule", "exactly one of daily, weekly, absoluteMonthly, relativeMonthly")


def _judge_pools(put: Put) -> None:
    profiles = put.told.get("agentPoolProfiles", [])
    pools = put.world.of("AgentPool")
    kept = {one["name"]: one["properties"] for one in pools if ids.within(one["id"], put.identity)}
    for index, profile in enumerate(profiles):
        if not re.fullmatch(r"[a-z][a-z0-9]{0,11}", profile["name"]):
            raise _wrong(f"agentPoolProfiles[{index}].name", "must match ^[a-z][a-z0-9]{0,11}$")
        judge_pool_itself(put.world, profile)
        if put.old is None:
            continue
        if profile["name"] not in kept:
            raise ArmError(
                "BadRequest",
                "A new agent pool was introduced. Adding agent pools to an existing cluster is not allowed through "
                "managed cluster operations. For agent pool specific change, please use per agent pool operations: "
                "https://aka.ms/agent-pool-rest-api",
                "agentPoolProfiles",
            )
        judge_pool_change(profile, kept[profile["name"]])
    if put.old is None and not any(profile.get("mode") == "System" for profile in profiles):
        raise _wrong("agentPoolProfiles", "must define at least one system pool")


def _judge_version(wanted: str | None, current: str | None) -> None:
    if wanted is None:
        return
    minor = re.fullmatch(r"(\d+\.\d+)(\.\d+)?", wanted)
    if minor is None or minor[1] not in VERSIONS:
        raise ArmError(
            "K8sVersionNotSupported",
            f"Managed cluster is on version {wanted}, which is not supported in this region: {', '.join(VERSIONS)}.",
        )
    step = VERSIONS.index(minor[1]) - VERSIONS.index(current.rpartition(".")[0]) if current else 0
    if step < 0 or step > 1:
        raise ArmError("OperationNotAllowed", f"Upgrading Kubernetes version {current} to {wanted} is not allowed.")


def _judge_identity(put: Put) -> None:
    own, told, world = put.body.get("identity"), put.told, put.world
    if not own and not told.get("servicePrincipalProfile"):
        raise _wrong("identity", "either an identity or a service principal is required")
    given = at(put.body, "identity", "userAssignedIdentities") or {}
    if (at(put.body, "identity", "type") == "UserAssigned") != bool(given):
        raise _wrong("identity.userAssignedIdentities", "exactly with the type UserAssigned")
    kubelet = at(told, "identityProfile", "kubeletidentity", "resourceId")
    for name in (*given, *filter(None, [kubelet])):
        if world.get(name) is None:
            raise not_found(name)
    if kubelet and not any(_operates(world, name, kubelet) for name in given):
        raise ArmError(
            "CustomKubeletIdentityMissingPermissionError",
            "The cluster using user-assigned managed identity must be granted 'Managed Identity Operator' role to "
            "assign kubelet identity.",
        )


def _operates(world: World, identity: str, kubelet: str) -> bool:
    """Whether an identity may hand another one to nodes."""
    principal = at(world.get(identity) or {}, "properties", "principalId")
    roles = [role["properties"] for role in world.of("RoleAssignment")]
    own = [role for role in roles if role["principalId"] == principal]
    scopes = [role["scope"] for role in own if role["roleDefinitionId"].endswith(IDENTITY_OPERATOR)]
    return any(ids.key(scope) == ids.key(kubelet) or ids.within(kubelet, scope) for scope in scopes)


def _judge_network(told: Body) -> None:
    network: dict[str, Any] = told.get("networkProfile", {})
    if network.get("networkPluginMode") == "overlay" and network.get("networkPlugin") != "azure":
        raise _wrong("networkProfile.networkPluginMode", "overlay needs the network plugin azure")
    if (network.get("networkPolicy") == "cilium") != (network.get("networkDataplane") == "cilium"):
        raise _wrong("networkProfile.networkPolicy", "cilium goes with the data plane cilium, and only with it")
    pods = _cidr("podCidr", network.get("podCidr", "10.244.0.0/16"))
    services = _cidr("serviceCidr", network.get("serviceCidr", "10.0.0.0/16"))
    if pods.overlaps(services):
        raise ArmError("ServiceCidrOverlapExistingSubnetsCidr", f"The CIDRs {pods} and {services} overlap.")
    resolver = network.get("dnsServiceIP")
    if resolver and ipaddress.ip_address(resolver) not in services:
        raise _wrong("networkProfile.dnsServiceIP", f"must lie in serviceCidr {services}")
    own_subnet = any(profile.get("vnetSubnetID") for profile in told.get("agentPoolProfiles", []))
    if network.get("outboundType") in ("userDefinedRouting", "userAssignedNATGateway") and not own_subnet:
        raise _wrong("networkProfile.outboundType", f"{network['outboundType']} needs a subnet of your own")


def _judge_access(told: Body) -> None:
    access: dict[str, Any] = told.get("apiServerAccessProfile", {})
    for address in access.get("authorizedIPRanges", ()):
        _cidr("apiServerAccessProfile.authorizedIPRanges", address)
    if access.get("enablePrivateCluster") and access.get("authorizedIPRanges"):
        raise _wrong("apiServerAccessProfile.authorizedIPRanges", "is not supported in a private cluster")
    if told.get("disableLocalAccounts") and not at(told, "aadProfile", "managed"):
        raise _wrong("disableLocalAccounts", "needs a managed aadProfile")
    if at(told, "aadProfile", "enableAzureRBAC") and told.get("enableRBAC") is False:
        raise _wrong("enableRBAC", "is needed for aadProfile.enableAzureRBAC")


def _cidr(name: str, value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(value)
    except ValueError:
        raise _wrong(name, f"'{value}' is no CIDR") from None


def _wrong(name: str, reason: str) -> ArmError:
    return ArmError("InvalidParameter", f"The value of parameter {name} is invalid: {reason}.", name)
