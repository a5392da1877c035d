"""What may be said about a pool of GPU nodes on AKS: each value by itself, and what goes together within one pool."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .arguments import unknown_arguments
from .azure_gpu_sizes import SIZES, SMALLEST, TABLE_DATE, has_accelerator, refused
from .kubernetes import Rule, whole
from .service import switch_problem
from .single_values import dollars_problem, each_once, got, with_way_out, words
from .wording import all_of, nearest, shown

Pool = Mapping[str, Any]

MOST_NODES = 1000  # of a pool of AKS
MOST_POOLS = 100  # of a cluster of AKS
DEFAULT_MAX_COUNT = 1
DEFAULT_DISK_GB = 128
DEFAULT_MAX_PODS = 30
SYSTEM_POOL = "system"
"""The name of the pool for Kubernetes' own pods, so no other pool's."""

_NAME = re.compile(r"[a-z][a-z0-9]{0,11}")
_LABEL_NAME = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_KEY = re.compile(rf"(([a-z0-9]([a-z0-9.-]{{0,251}}[a-z0-9])?)/)?{_LABEL_NAME}")
_VALUE = re.compile(rf"({_LABEL_NAME})?")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_RESERVED = ("kubernetes.azure.com", "kubernetes.io", "k8s.io")


def is_reserved(key: str) -> bool:
    """Prefixes that AKS and Kubernetes keep for themselves; AKS refuses them on pools."""
    prefix = key.partition("/")[0] if "/" in key else ""
    return any(prefix == reserved or prefix.endswith(f".{reserved}") for reserved in _RESERVED)


def name_problem(name: object) -> str | None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        smaller = re.sub(r"[^a-z0-9]", "", name.casefold() if isinstance(name, str) else "").lstrip("0123456789")[:12]
        return (
            f"must be 1 to 12 lower-case letters and digits, a letter first (got {got(name)}); try {smaller or 'gpu'}"
        )
    if name == SYSTEM_POOL:
        return f"must not be {SYSTEM_POOL}, which is the pool of Kubernetes' own pods; try gpu"
    return None


def size_problem(name: object) -> str | None:
    """A size for GPU nodes."""
    if not isinstance(name, str):
        return f"must be a size of Azure, such as {SMALLEST} (got {got(name)}); write its name"
    if name in SIZES:
        return None
    if series := refused(name):
        return f"{shown(name)} {series.why}; take {series.instead}"
    if near := _nearest_size(name):
        return f"must be a size with an NVIDIA GPU (got {got(name)}); did you mean {near}?"
    if not has_accelerator(name) and name.casefold().startswith("standard_"):
        return f"must be a size with an NVIDIA GPU, and {shown(name)} has none; take {SMALLEST}"
    return (
        f"must be a size with an NVIDIA GPU that is known here as of {TABLE_DATE} (got {got(name)}); take "
        f"{', '.join(SIZES)}, or make the pool yourself and adopt the cluster"
    )


def _nearest_size(name: str) -> str | None:
    full = name if name.casefold().startswith("standard_") else f"Standard_{name}"
    return nearest(full, SIZES) if has_accelerator(full) else None


def zone_problem(zone: object) -> str | None:
    if isinstance(zone, str) and zone in ("1", "2", "3"):
        return None
    return f"must be zones '1', '2' or '3', as text (got {got(zone)}); quote the numbers, without the region's name"


def taint_problem(taint: object) -> str | None:
    form = "must be taints such as sku=gpu:NoSchedule"
    if not isinstance(taint, str):
        return f"{form} (got {got(taint)}); write each as text"
    rest, _, effect = taint.rpartition(":")
    key, _, value = rest.partition("=")
    if effect not in _EFFECTS:
        return f"{form} (got {got(taint)}); end it with :{', :'.join(_EFFECTS)}"
    if not _KEY.fullmatch(key) or not _VALUE.fullmatch(value):
        return f"{form} (got {got(taint)}); key and value take letters, digits, '-', '_' and '.', at most 63"
    if is_reserved(key):
        return f"must not have keys of {key.partition('/')[0]}, which AKS sets itself (got {got(taint)}); remove it"
    return None


def labels_problem(labels: object) -> str | None:
    if not isinstance(labels, Mapping) or not all(isinstance(value, str) for value in labels.values()):
        return (
            f"must be names with a text each, such as {{team: vision}} (got {got(labels)}); quote numbers, and true or "
            "false"
        )
    return all_of(_label_problem(key, value) for key, value in labels.items())


def _label_problem(key: object, value: str) -> str | None:
    if not isinstance(key, str) or not _KEY.fullmatch(key) or not _VALUE.fullmatch(value):
        return (
            f"must be labels of Kubernetes: letters, digits, '-', '_' and '.', at most 63, a sign neither first "
            f"nor last (got {shown(f'{key}: {value}')!r}); shorten or rename it"
        )
    if key.casefold() == "skipgpudriverinstall":
        return f"must not have {key}, which AKS has retired; set driver to 'none'"
    if is_reserved(key):
        return f"must not have names of {key.partition('/')[0]}, which AKS sets itself (got {key!r}); remove it"
    return None


def spot_price_problem(price: object) -> str | None:
    if price == -1 and not isinstance(price, bool):
        return "must be dollars an hour (got -1); leave it out to pay at most what ordinary nodes cost"
    return dollars_problem(price)


POOL_RULES: Mapping[str, Rule] = {
    "name": name_problem,
    "vmSize": size_problem,
    "count": with_way_out(whole(0, MOST_NODES), "leave it out to scale between minCount and maxCount"),
    "minCount": with_way_out(whole(0, MOST_NODES), "0 is the default, and costs nothing"),
    "maxCount": with_way_out(whole(1, MOST_NODES), "for more nodes than a pool of AKS can have, make a second pool"),
    "zones": each_once(zone_problem, "['1', '2']"),
    "taints": each_once(taint_problem, "['sku=gpu:NoSchedule']"),
    "labels": labels_problem,
    "spot": with_way_out(switch_problem, "false is the default"),
    "spotMaxPrice": spot_price_problem,
    "migProfile": words("MIG1g", "MIG2g", "MIG3g", "MIG4g", "MIG7g"),
    "osDiskGb": with_way_out(whole(30, 2048), f"{DEFAULT_DISK_GB} is the default"),
    "osDisk": words("ephemeral", "managed"),
    "driver": words("aks", "none", others={"install": "aks"}),
    "maxPods": with_way_out(whole(10, 250), f"{DEFAULT_MAX_PODS} is the default"),
}
"""One rule for each value of a pool that can be judged alone."""


def pool_problems(pool: object, place: str) -> Iterator[str]:
    """All about one pool; `place` is how its list names it, gpuPools[0]."""
    if not isinstance(pool, Mapping):
        yield f"'{place}' must have a name and a vmSize (got {got(pool)}); write name: gpu, vmSize: {SMALLEST}"
        return
    for sentence in unknown_arguments((shown(str(key)) for key in pool), POOL_RULES, "a setting of a pool"):
        yield sentence.replace("'", f"'{place}.", 1)
    for required in ("name", "vmSize"):
        if required not in pool:
            yield f"'{place}.{required}' is required; {'try gpu' if required == 'name' else f'take {SMALLEST}'}"
    told = {key: rule(pool[key]) for key, rule in POOL_RULES.items() if key in pool}
    yield from (f"'{place}.{key}' {problem}" for key, problem in told.items() if problem)
    yield from _together({key: pool[key] for key, problem in told.items() if problem is None}, pool, place)


def _together(good: Pool, all_given: Pool, place: str) -> Iterator[str]:
    """`good` are the values that are right by themselves."""
    for name in ("minCount", "maxCount"):
        if "count" in all_given and name in all_given:
            yield f"'{place}.{name}' has no use with a fixed 'count'; remove one of them"
    least, most = node_range(good)
    if "count" not in all_given and least > most and all_given.keys() & {"minCount", "maxCount"} <= good.keys():
        yield f"'{place}.minCount' must be at most 'maxCount' (got {least} and {most}); raise 'maxCount'"
    if "spotMaxPrice" in all_given and all_given.get("spot") is not True:
        yield f"'{place}.spotMaxPrice' has no use without 'spot'; remove it or set spot to true"
    size = SIZES.get(good.get("vmSize", ""))
    if size is None:
        return
    if "migProfile" in good and not size.mig:
        yield (
            f"'{place}.migProfile' is for A100, H100 and H200, and {good['vmSize']} has {size.gpu}; remove it or take "
            "Standard_NC24ads_A100_v4"
        )
    if good.get("driver") == "none" and size.virtual_gpu:
        yield (
            f"'{place}.driver' must be aks on {good['vmSize']}, whose GPUs need Azure's own GRID driver; remove it or "
            f"take {SMALLEST}"
        )
    disk = good.get("osDiskGb", DEFAULT_DISK_GB)
    disk_is_known = "osDiskGb" in good or "osDiskGb" not in all_given
    if good.get("osDisk") == "ephemeral" and disk_is_known and disk > size.ephemeral_gb:
        yield (
            f"'{place}.osDisk' cannot be ephemeral with {disk} GB on {good['vmSize']}, which has room for "
            f"{size.ephemeral_gb} GB; lower 'osDiskGb' or set osDisk to 'managed'"
        )


def node_range(pool: Pool) -> tuple[int, int]:
    """The fewest and the most nodes of a pool whose counts were found good."""
    if "count" in pool:
        return int(pool["count"]), int(pool["count"])
    return int(pool.get("minCount", 0)), int(pool.get("maxCount", DEFAULT_MAX_COUNT))
