"""What AKS asks of pools."""

import re
from typing import Any

from . import ids
from .asked import Put
from .bodies import Body
from .errors import ArmError, not_found
from .storage import World

SPOT_TAINT = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"
UNCHANGEABLE = (
    *("vmSize", "osDiskType", "osDiskSizeGB", "kubeletDiskType", "maxPods", "osType", "vnetSubnetID", "podSubnetID"),
    *("availabilityZones", "scaleSetPriority", "scaleSetEvictionPolicy", "spotMaxPrice", "gpuInstanceProfile"),
    *("gpuProfile", "kubeletConfig", "linuxOSConfig", "workloadRuntime", "capacityReservationGroupID", "hostGroupID"),
    *("proximityPlacementGroupID", "enableNodePublicIP", "type"),
)
TAINT = re.compile(
    r"([a-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?=[A-Za-z0-9_.-]*:(NoSchedule|PreferNoSchedule|NoExecute)"
)
LABEL = re.compile(r"([a-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")
MIG_SIZES = re.compile(r"Standard_N[CD]\w*_(A100|H100|H200)_v\d|Standard_ND96\w+_v[45]")


def judge_pool(put: Put) -> None:
    judge_pool_itself(put.world, put.told)
    if put.old is not None:
        judge_pool_change(put.told, put.was)


def judge_pool_itself(world: World, told: Body) -> None:
    """Of a pool on its own, or named in the request for a cluster."""
    if not re.fullmatch(r"Standard_[A-Za-z]+\d\w*", told.get("vmSize", "")):
        raise _wrong("vmSize", f"The VM size '{told.get('vmSize')}' is not supported.")
    _judge_scale(told)
    if not 10 <= told.get("maxPods", 30) <= 250:
        raise _wrong("maxPods", "must be between 10 and 250")
    if not set(told.get("availabilityZones", ())) <= {"1", "2", "3"}:
        raise ArmError("AvailabilityZoneNotSupported", "The zone(s) for resource 'agentpool' is not supported.")
    for subnet in (told.get("vnetSubnetID"), told.get("podSubnetID")):
        if subnet and world.get(subnet) is None:
            raise not_found(subnet)
    _judge_marks(told)
    _judge_spot(told)
    if told.get("gpuInstanceProfile") and not MIG_SIZES.fullmatch(told["vmSize"]):
        raise _wrong("gpuInstanceProfile", f"is not supported by the VM size {told['vmSize']}")
    if told.get("gpuProfile") and not told["vmSize"].startswith("Standard_N"):
        raise _wrong("gpuProfile", f"is not supported by the VM size {told['vmSize']}")


def judge_pool_change(told: Body, old: Body) -> None:
    """Azure refuses what pulumi-azure-native tries to change in place."""
    for name in UNCHANGEABLE:
        if name in told and told[name] != old.get(name):
            raise _unchangeable(name)
    # https://github.com/pulumi/pulumi-azure-native/issues/959: Azure added the taint of spot nodes by itself.
    if SPOT_TAINT in old.get("nodeTaints", ()) and SPOT_TAINT not in told.get("nodeTaints", ()):
        raise _unchangeable("nodeTaints")


def judge_pool_removal(world: World, identity: str) -> None:
    cluster = ids.parent_of(identity) or ""
    others = [one for one in world.of("AgentPool") if ids.within(one["id"], cluster)]
    left = [one for one in others if ids.key(one["id"]) != ids.key(identity)]
    if not any(one["properties"].get("mode") == "System" for one in left):
        raise ArmError("OperationNotAllowed", "There has to be at least one system agent pool.", status=409)


def _judge_scale(told: Body) -> None:
    fewest, most, count = told.get("minCount"), told.get("maxCount"), told.get("count")
    least = 1 if told.get("mode") == "System" else 0
    if told.get("enableAutoScaling"):
        if fewest is None or most is None:
            raise _wrong("minCount", "minCount and maxCount are required with enableAutoScaling")
        if not least <= fewest <= most <= 1000 or most < 1:
            raise _wrong("minCount", f"must be {least} to maxCount, that 1 to 1000; got {fewest} and {most}")
        if count is not None and not fewest <= count <= most:
            raise _wrong("count", f"must be between minCount {fewest} and maxCount {most}; got {count}")
    elif fewest is not None or most is not None:
        raise _wrong("minCount", "minCount and maxCount are not allowed without enableAutoScaling")
    elif not least <= (1 if count is None else count) <= 1000:
        raise _wrong("count", f"must be {least} to 1000; got {count}")


def _judge_marks(told: Body) -> None:
    for taint in told.get("nodeTaints", ()):
        if not TAINT.fullmatch(taint):
            raise ArmError("InvalidTaint", f"The taint '{taint}' is not of the form key=value:Effect.")
        if taint.startswith("kubernetes.azure.com/") and taint != SPOT_TAINT:
            raise ArmError("InvalidTaint", f"The prefix kubernetes.azure.com is reserved, as in '{taint}'.")
    for name, value in told.get("nodeLabels", {}).items():
        reserved = name.startswith(("kubernetes.azure.com/", "kubernetes.io/", "node.kubernetes.io/"))
        spot = (name, value) == ("kubernetes.azure.com/scalesetpriority", "spot")
        if not LABEL.fullmatch(name) or not VALUE.fullmatch(value) or (reserved and not spot):
            raise ArmError("InvalidLabel", f"The label '{name}={value}' is reserved or not a label of Kubernetes.")


def _judge_spot(told: Body) -> None:
    spot = told.get("scaleSetPriority") == "Spot"
    if spot and told.get("mode") == "System":
        raise _wrong("scaleSetPriority", "a system pool cannot be made of spot nodes")
    if spot and "maxSurge" in told.get("upgradeSettings", {}):
        raise _wrong("upgradeSettings.maxSurge", "Spot pools can't set max surge")
    if not spot and ("scaleSetEvictionPolicy" in told or "spotMaxPrice" in told):
        raise _wrong("scaleSetPriority", "scaleSetEvictionPolicy and spotMaxPrice need Spot")
    price = told.get("spotMaxPrice", -1)
    if price != -1 and price <= 0:
        raise _wrong("spotMaxPrice", "must be -1 or above 0")


def _wrong(name: str, reason: str) -> ArmError:
    return ArmError(
        "InvalidParameter", f"The value of parameter agentPool.{name} is invalid: {reason}.", f"agentPool.{name}"
    )


def _unchangeable(name: str) -> ArmError:
    target: Any = f"properties.{name}"
    return ArmError("PropertyChangeNotAllowed", f"Changing property '{target}' is not allowed.", target)
