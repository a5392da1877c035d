"""What the objects of a service are called, and by which labels they are found."""

from typing import Any

from .service import ClusterService

STABLE, CANDIDATE = "stable", "candidate"
"""The releases of a service. A service's own name must not end in `-candidate`: its objects would be called like those
of another one's candidate."""

RELEASE_LABEL = "triton-serving/release"
TAGS_ANNOTATION = "tags.triton-serving"
DESCRIPTION_ANNOTATION = "triton-serving/description"

UNATTENDED = {"pulumi.com/skipAwait": "true"}
"""For what the rollout waits for itself: Pulumi would wait for it in an order that never comes to an end, a Service for
pods, for example, that are made after it, and tell less."""
ENDED_WITH_ITS_PODS = {"pulumi.com/waitFor": "jsonpath={.metadata.uid}"}
"""For Deployments: the rollout waits for their start, Pulumi for their end, which is when the last pod is gone. Else
the namespace would be removed too early; it then looks again only after half of the pods' grace, minutes later."""


def name_of(service: ClusterService, part: str = "") -> str:
    """digits, digits-gateway. A service's name has at most 32 characters, so none grows beyond the 63 of DNS."""
    return f"{service.name}-{part}" if part else service.name


def release_name(service: ClusterService, release: str, part: str = "") -> str:
    """digits-routes, and digits-candidate-routes for the candidate."""
    parts = [CANDIDATE] if release == CANDIDATE else []
    return name_of(service, "-".join([*parts, *([part] if part else [])]))


def certificate_name(service: str) -> str:
    """Of the Secret for a certificate that is given with the service of that name."""
    return f"{service}-certificate"


def labels(service: ClusterService) -> dict[str, str]:
    """Of every object of the service."""
    return {
        "app.kubernetes.io/name": "triton-serving",
        "app.kubernetes.io/instance": service.name,
        "app.kubernetes.io/managed-by": "pulumi",
    }


def selector(service: ClusterService, release: str) -> dict[str, str]:
    """Finds the pods of one release. It can never be changed in a Deployment that exists."""
    return {
        "app.kubernetes.io/name": "triton-serving",
        "app.kubernetes.io/instance": service.name,
        RELEASE_LABEL: release,
    }


def pod_labels(service: ClusterService, release: str) -> dict[str, str]:
    return labels(service) | selector(service, release)


def annotations(service: ClusterService) -> dict[str, str]:
    """What the caller says of the service, for the objects that people look at first: Deployment and Service. Never on
    pods: a changed tag would replace them."""
    said = {f"{TAGS_ANNOTATION}/{name}": value for name, value in service.tags.items()}
    return said | ({DESCRIPTION_ANNOTATION: service.description} if service.description else {})


def metadata(service: ClusterService, name: str, more: dict[str, str] | None = None) -> dict[str, Any]:
    """Of an object in the service's namespace; `more` are its annotations."""
    found: dict[str, Any] = {"name": name, "namespace": service.namespace, "labels": labels(service)}
    return found | ({"annotations": more} if more else {})
