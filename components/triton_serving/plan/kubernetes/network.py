"""Who may open connections to the pods, and to whom the pods may.

The kubelet is not named: probes and hooks come from the pod's own node, which no policy keeps out.
"""

from typing import Any

from ..gateway import pod
from .names import CANDIDATE, STABLE, metadata, release_name, selector
from .objects import Manifest
from .service import ClusterService, Delivery, Exposure

_LOCAL_DNS = "169.254.20.10/32"
"""Where clusters with a DNS cache on each node have it."""
_METADATA = ["169.254.169.254/32", "168.63.129.16/32"]
"""Clouds hand out a node's credentials there: the metadata service, and Azure's own besides it."""


def network(service: ClusterService, which: str) -> Manifest:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(service, release_name(service, which)),
        "spec": {
            "podSelector": {"matchLabels": selector(service, which)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [_callers(service, which), *_prometheus(service)],
            "egress": [_DNS, *_candidate(service, which), *_registry(service, which), *_outside(service)],
        },
    }


_DNS = {
    "to": [{"namespaceSelector": {}}, {"ipBlock": {"cidr": _LOCAL_DNS}}],
    "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
}


def _callers(service: ClusterService, which: str) -> dict[str, Any]:
    port = _to(pod.SERVICE_PORT)
    if which == CANDIDATE:  # the stable version's gateway shares requests with it, and has checked their keys
        return {"from": [{"podSelector": {"matchLabels": selector(service, STABLE)}}], **port}
    allowed = list(service.reach.allowed_namespaces)
    if not allowed or service.reach.exposure in (Exposure.LOAD_BALANCER, Exposure.INTERNAL_LOAD_BALANCER):
        return port  # from everywhere: what a load balancer hands over comes from its callers, or from any node
    if service.reach.exposure is Exposure.GATEWAY:
        allowed.append((service.reach.gateway or "").rpartition("/")[0] or service.namespace)
    return {"from": [_namespace(name) for name in dict.fromkeys(allowed)], **port}


def _prometheus(service: ClusterService) -> list[dict[str, Any]]:
    namespace = service.reach.monitoring_namespace
    return [{"from": [_namespace(namespace)], **_to(pod.PROBE_PORT)}] if namespace else []


def _candidate(service: ClusterService, which: str) -> list[dict[str, Any]]:
    if which == CANDIDATE or service.candidate is None:
        return []
    return [{"to": [{"podSelector": {"matchLabels": selector(service, CANDIDATE)}}], **_to(pod.SERVICE_PORT)}]


def _registry(service: ClusterService, which: str) -> list[dict[str, Any]]:
    """For the container that copies the model: registries hand layers over to storage of another name, at 443."""
    model = service.releases[which].model
    if model is None or service.delivery is not Delivery.COPY:
        return []
    host = model.reference.partition("/")[0]
    port = host.rpartition(":")[2] if ":" in host else ("80" if service.allow_plain_http else "443")
    return [{"to": _everywhere(), **_to(*sorted({443, int(port)}))}]


def _outside(service: ClusterService) -> list[dict[str, Any]]:
    return [{"to": [{"namespaceSelector": {}}, *_everywhere()]}] if service.reach.allow_egress else []


def _everywhere() -> list[dict[str, Any]]:
    return [{"ipBlock": {"cidr": "0.0.0.0/0", "except": _METADATA}}, {"ipBlock": {"cidr": "::/0"}}]


def _namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _to(*ports: int) -> dict[str, Any]:
    return {"ports": [{"port": port, "protocol": "TCP"} for port in ports]}
