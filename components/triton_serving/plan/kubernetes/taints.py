"""Taints of nodes, written as key=value:Effect, and which of them a service tolerates."""

from collections.abc import Iterable
from dataclasses import dataclass

from .service import ClusterService

_REPELLING = ("NoSchedule", "NoExecute")
"""The effects that keep pods away; PreferNoSchedule does not."""


@dataclass(frozen=True)
class Taint:
    key: str
    value: str | None
    """None tolerates any."""
    effect: str | None
    """None tolerates all."""


_SPOT = Taint("kubernetes.azure.com/scalesetpriority", "spot", "NoSchedule")


def parse(text: str) -> Taint:
    """sku=gpu:NoSchedule, or sku:NoSchedule."""
    name, _, effect = text.rpartition(":")
    key, sign, value = name.partition("=")
    return Taint(key, value if sign else None, effect)


def tolerated(service: ClusterService) -> list[Taint]:
    """Where GPUs are asked for, those that keep everybody else from GPU nodes: the device plugin's, named after the
    resource, the one that AKS recommends, and the one of its spot nodes, which whoever has such a pool wants used."""
    found = [parse(text) for text in service.tolerated_taints]
    if service.resources.gpus:
        keys = dict.fromkeys(("nvidia.com/gpu", service.resources.gpu_resource))
        found = [*(Taint(key, None, None) for key in keys), Taint("sku", "gpu", "NoSchedule"), _SPOT, *found]
    return list(dict.fromkeys(found))


def toleration(taint: Taint) -> dict[str, str]:
    matched = {"operator": "Exists"} if taint.value is None else {"operator": "Equal", "value": taint.value}
    return {"key": taint.key, **matched} | ({"effect": taint.effect} if taint.effect else {})


def repelled(taints: Iterable[str], service: ClusterService) -> list[str]:
    """The taints that keep the service's pods away."""
    ours = tolerated(service)
    return [text for text in taints if parse(text).effect in _REPELLING and not any(_fits(one, text) for one in ours)]


def _fits(tolerated: Taint, text: str) -> bool:
    taint = parse(text)
    return (
        tolerated.key == taint.key
        and tolerated.value in (None, taint.value or "")
        and tolerated.effect in (None, taint.effect)
    )
