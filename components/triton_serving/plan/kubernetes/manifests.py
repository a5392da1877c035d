"""The objects of a service, as the API server takes them."""

from collections.abc import Callable

from ..service import Keys
from .alerts import alerts
from .autoscaler import autoscaler
from .deployment import deployment
from .disruptions import disruptions
from .files import certificate_secret, gateway_config_map, gateway_files, routes_secret, script_config_map
from .monitoring import dashboard, pod_monitor
from .names import CANDIDATE, STABLE, labels, metadata
from .network import network
from .objects import SECRET, Manifest, Shape, objects
from .reach import candidate_service, grpc_route, http_route
from .reach import service as stable_service
from .service import Certificate, ClusterService


def manifests(service: ClusterService) -> dict[str, Manifest]:
    """Every object of `objects`, by its name there, but for those that hold keys."""
    return {name: _MAKERS[name](service) for name in objects(shape_of(service)) if name not in SECRET}


def secret_manifests(
    service: ClusterService, keys: Keys | None, certificate: Certificate | None = None
) -> dict[str, Manifest]:
    """The objects of `objects.SECRET` that the service has."""
    routes = {"routes": STABLE, "candidateRoutes": CANDIDATE}
    found = {name: routes_secret(service, which, keys) for name, which in routes.items() if which in service.releases}
    return found | ({"certificate": certificate_secret(service, certificate)} if certificate else {})


def routes_versions(service: ClusterService, keys: Keys | None) -> list[str]:
    """What the gateways of each release answer at VERSION_PATH once they have taken over these routes."""
    return [gateway_files(service, which, keys).version for which in service.releases]


def shape_of(service: ClusterService) -> Shape:
    return Shape(
        exposure=service.reach.exposure,
        owns_namespace=service.owns_namespace,
        script=service.stable.script is not None,
        autoscaled=service.replicas.fixed is None,
        monitored=service.reach.monitoring_namespace is not None,
        candidate=service.candidate is not None,
        certificate=service.reach.owns_tls_secret,
    )


def _namespace(service: ClusterService) -> Manifest:
    """Nothing gets into it that asks for more rights than the service's own pods have."""
    guarded = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": service.namespace, "labels": labels(service) | guarded},
    }


def _account(service: ClusterService) -> Manifest:
    """One that may do nothing, and whose token no pod gets."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(service, service.name),
        "automountServiceAccountToken": False,
    }


def _of(maker: Callable[[ClusterService, str], Manifest], which: str) -> Callable[[ClusterService], Manifest]:
    return lambda service: maker(service, which)


_MAKERS: dict[str, Callable[[ClusterService], Manifest]] = {
    "namespace": _namespace,
    "account": _account,
    "network": _of(network, STABLE),
    "gateway": _of(gateway_config_map, STABLE),
    "script": _of(script_config_map, STABLE),
    "deployment": _of(deployment, STABLE),
    "disruptions": _of(disruptions, STABLE),
    "autoscaler": autoscaler,
    "candidateNetwork": _of(network, CANDIDATE),
    "candidateGateway": _of(gateway_config_map, CANDIDATE),
    "candidateScript": _of(script_config_map, CANDIDATE),
    "candidateDeployment": _of(deployment, CANDIDATE),
    "candidateDisruptions": _of(disruptions, CANDIDATE),
    "candidateService": candidate_service,
    "service": stable_service,
    "httpRoute": http_route,
    "grpcRoute": grpc_route,
    "podMonitor": pod_monitor,
    "alerts": alerts,
    "dashboard": dashboard,
}
