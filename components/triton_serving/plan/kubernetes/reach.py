"""How callers get to the pods: the Services, and the routes onto a Gateway that somebody else keeps."""

from typing import Any

from ..gateway import pod
from . import names
from .objects import Manifest
from .service import ClusterService, Exposure, Reach
from .times import longest_request

PLAIN_PORT, ENCRYPTED_PORT = 80, 443
"""Of a Service, which has one of them. HTTP/1.1, HTTP/2 and gRPC share it."""

_PRIVATE = {
    "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
    "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",  # AWS Load Balancer Controller
    "service.beta.kubernetes.io/aws-load-balancer-internal": "true",  # what AWS's clusters have without it
    "networking.gke.io/load-balancer-type": "Internal",
    "service.beta.kubernetes.io/openstack-internal-load-balancer": "true",
}
"""Each cloud reads its own and no other, so that one set is right on all of them: an address that was meant to be
private must not be public because the service went to another cloud."""
_PUBLIC = {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing"}  # its default is internal

_AZURE_IDLE = "service.beta.kubernetes.io/azure-load-balancer-tcp-idle-timeout"
_AZURE_MINUTES = (4, 100)
"""Its default, and the most that it takes."""


def service(s: ClusterService) -> Manifest:
    """The address of the stable version. A candidate has its own: requests are shared by the gateway, which counts
    percents, and not by the number of pods."""
    kind: dict[str, Any] = {"type": "ClusterIP"}
    annotations: dict[str, str] = {}
    if s.reach.exposure in (Exposure.LOAD_BALANCER, Exposure.INTERNAL_LOAD_BALANCER):
        kind = {
            "type": "LoadBalancer",
            # Any node takes a request and hands it to a pod that serves, and kube-proxy forgets a pod at once when it
            # ends. With `Local` a node without a pod is dead until the load balancer has noticed, seconds later, which
            # every rollout would pay for with lost connections. The price is the caller's address, which nobody reads.
            "externalTrafficPolicy": "Cluster",
        }
        annotations = _PRIVATE if s.reach.exposure is Exposure.INTERNAL_LOAD_BALANCER else _PUBLIC
        annotations |= {_AZURE_IDLE: str(_idle_minutes(s))}
    return _service(s, names.STABLE, kind, names.annotations(s) | annotations, encrypted=bool(s.reach.tls_secret))


def candidate_service(s: ClusterService) -> Manifest:
    """Where the stable version's gateway hands requests over, which has ended TLS; callers have no need of it."""
    return _service(s, names.CANDIDATE, {"type": "ClusterIP"}, {}, encrypted=False)


def http_route(s: ClusterService) -> Manifest:
    """Paths go through as they come: the pod's own gateway takes the prefix off, so that it works without a Gateway."""
    rule = {
        "matches": [{"path": {"type": "PathPrefix", "value": s.reach.path_prefix or "/"}}],
        "backendRefs": [_backend(s)],
        # The pod's gateway holds every limit of time. Another one here would cut answers off in the middle: what a
        # Gateway does on its own is up to it, and 15 s is common.
        "timeouts": {"request": "0s"},
    }
    return _route(s, "HTTPRoute", rule)


def grpc_route(s: ClusterService) -> Manifest:
    """Everything of the host name: which methods there are is the pod's gateway's to say."""
    return _route(s, "GRPCRoute", {"backendRefs": [_backend(s)]})


def service_port(reach: Reach) -> int:
    return ENCRYPTED_PORT if reach.tls_secret else PLAIN_PORT


def base_uri(reach: Reach, name: str, namespace: str, address: str | None = None) -> str | None:
    """What every address of the service begins with. `address` is what a load balancer was given; None while it has
    none, and then nobody can say where the service is unless it has a host name."""
    if reach.exposure is Exposure.CLUSTER:
        host: str | None = f"{name}.{namespace}.svc"
    else:
        host = reach.host_name or address
    if host is None:
        return None
    encrypted = reach.tls_secret or (reach.exposure is Exposure.GATEWAY and not reach.allow_unencrypted)
    return f"{'https' if encrypted else 'http'}://{f'[{host}]' if ':' in host else host}{reach.path_prefix}"


def _service(
    s: ClusterService, release: str, kind: dict[str, Any], annotations: dict[str, str], *, encrypted: bool
) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": names.metadata(s, names.release_name(s, release), names.UNATTENDED | annotations),
        "spec": {
            **kind,
            "selector": names.selector(s, release),
            "ports": [_ENCRYPTED if encrypted else _PLAIN],
        },
    }


def _idle_minutes(s: ClusterService) -> int:
    """Azure's load balancer resets a connection that is silent, also when its caller waits for an answer."""
    least, most = _AZURE_MINUTES
    longest = max(longest_request(release.plan) for release in s.releases.values())
    return min(max(longest // 60 + 1, least), most)


def _port(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "port": number, "targetPort": pod.SERVICE_PORT, "protocol": "TCP"}


# No appProtocol: at `https` (and at `http`) Azure asks for `/` without a key and takes every node for dead.
_ENCRYPTED = _port("https", ENCRYPTED_PORT)
_PLAIN = _port("http", PLAIN_PORT) | {"appProtocol": "kubernetes.io/h2c"}


def _route(s: ClusterService, kind: str, rule: dict[str, Any]) -> Manifest:
    hosts = {"hostnames": [s.reach.host_name]} if s.reach.host_name else {}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": kind,
        "metadata": names.metadata(s, names.name_of(s)),
        "spec": {"parentRefs": [_parent(s)], **hosts, "rules": [rule]},
    }


def _parent(s: ClusterService) -> dict[str, Any]:
    namespace, _, name = (s.reach.gateway or "").rpartition("/")
    return {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "namespace": namespace or s.namespace,
        "name": name,
        # Most Gateways also listen at 80, to send callers on to https. Without a port the route would answer there.
        **({} if s.reach.allow_unencrypted else {"port": 443}),
    }


def _backend(s: ClusterService) -> dict[str, Any]:
    return {"group": "", "kind": "Service", "name": names.name_of(s), "port": service_port(s.reach), "weight": 1}
