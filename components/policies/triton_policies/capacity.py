"""Rules for how much: GPU sizes, replicas, and the GPU-hours that a stack could use in a month."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from triton_serving.rules.azure_gpu_sizes import SIZES, has_accelerator, refused
from triton_serving.rules.wording import nearest

from .kinds import AUTOSCALER, CLUSTER, NODE_POOL, SCALED, WEBSERVICE
from .rule import Resource, Rule, Setting, Settings, at, entries, texts

HOURS_PER_MONTH = 730
_REPLICAS: Mapping[str, tuple[str, ...]] = {
    WEBSERVICE: ("numReplicas", "autoscaleMaxReplicas"),
    AUTOSCALER: ("spec.maxReplicas",),
    **dict.fromkeys(SCALED, ("spec.replicas",)),
}


def _pools(resource: Resource) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each pool of nodes that a resource says, and what stands before its fields' names in messages."""
    if resource.type == NODE_POOL:
        yield "", resource.inputs
    elif resource.type == CLUSTER:
        for number, pool in enumerate(entries(resource.inputs, "agentPoolProfiles")):
            if isinstance(pool, Mapping):
                yield f"agentPoolProfiles[{number}].", pool


def _gpu_sizes(resource: Resource, settings: Settings) -> Iterator[str]:
    allowed = settings["allowed"]
    for place, pool in _pools(resource):
        size = at(pool, "vmSize")
        if not isinstance(size, str) or not has_accelerator(size):
            continue
        if series := refused(size):
            yield f"'{place}vmSize' must be a size that serves: {size} {series.why}; take {series.instead}"
        elif allowed and size not in allowed:
            yield (
                f"'{place}vmSize' must be {' or '.join(allowed)} (got {size!r}); choose one of them, or ask your "
                "platform team to allow it"
            )
        elif not allowed and size not in SIZES:
            near = nearest(size, SIZES)
            yield (
                f"'{place}vmSize' must be a GPU size that triton-serving knows (got {size!r}): others' GPUs cannot "
                f"be counted; {f'did you mean {near}?' if near else 'ask your platform team to allow it'}"
            )


def _replicas(resource: Resource, settings: Settings) -> Iterator[str]:
    most = settings["maximum"]
    for path in _REPLICAS[resource.type]:
        value = at(resource.inputs, path)
        if isinstance(value, int | float) and value > most:
            yield f"'{path}' must be at most {most} (got {value}); lower it, or ask your platform team for more"


def _gpu_hours(resource: Resource, settings: Settings) -> Iterator[str]:
    """What it would come to if every pool ran at its largest all month; told of the pool with which it is too much."""
    most = settings["maximum"]
    gpus = [(one.name, gpus_at_most(one)) for one in (*resource.beside, resource)]
    hours = sum(number for _, number in gpus) * HOURS_PER_MONTH
    if gpus_at_most(resource) and hours > most:
        told = ", ".join(f"{name} {float(number):g}" for name, number in sorted(gpus) if number)
        yield (
            f"the pools of a stack must come to at most {most} GPU-hours a month (got {float(hours):g}, with GPUs of "
            f"{told} for {HOURS_PER_MONTH} hours); lower maxCount or count, or ask your platform team for more"
        )


def gpus_at_most(resource: Resource) -> Fraction:
    """Of its pools at their largest; a third of a GPU counts as that. What is not known yet counts when it is."""
    return sum((_gpus_of(pool) for _, pool in _pools(resource)), Fraction(0))


def _gpus_of(pool: Mapping[str, Any]) -> Fraction:
    size = SIZES.get(str(at(pool, "vmSize")))
    nodes = at(pool, "maxCount" if at(pool, "enableAutoScaling") is True else "count")
    return size.gpus * size.share * nodes if size and isinstance(nodes, int) else Fraction(0)


RULES = (
    Rule(
        "gpu-sizes",
        "Nodes with GPUs have sizes that can serve, and that the platform team allows.",
        (NODE_POOL, CLUSTER),
        _gpu_sizes,
        settings={"allowed": texts([], "Sizes; none stands for all that triton-serving knows to serve.")},
    ),
    Rule(
        "max-replicas",
        "A service has no more replicas than it may.",
        tuple(_REPLICAS),
        _replicas,
        settings={"maximum": Setting(10, {"type": "integer", "minimum": 1, "description": "Of one service."})},
    ),
    Rule(
        "gpu-hours",
        "The GPUs of a stack cannot cost more than planned.",
        (NODE_POOL, CLUSTER),
        _gpu_hours,
        settings={
            "maximum": Setting(
                8 * HOURS_PER_MONTH,
                {
                    "type": "integer",
                    "minimum": 0,
                    "description": "GPU-hours a month, if every pool were at its largest.",
                },
            )
        },
    ),
)
