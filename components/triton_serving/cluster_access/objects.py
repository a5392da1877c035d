"""Where objects lie in Kubernetes' API, and reading those of one service."""

from collections.abc import Sequence

from .connection import Cluster, Refused
from .progress import Progress, progress_of
from .trouble import Object

SECONDS = 5.0
"""For one answer while an update is followed: the next question comes soon anyway."""


def deployment_path(namespace: str, name: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"


def service_path(namespace: str, name: str) -> str:
    return f"/api/v1/namespaces/{namespace}/services/{name}"


def pods_path(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods"


def is_there(cluster: Cluster, path: str) -> bool:
    try:
        cluster.get(path)
    except Refused as refused:
        if refused.status == 404:
            return False
        raise
    return True


def read_progress(cluster: Cluster, namespace: str, name: str) -> Progress:
    deployment = cluster.get(deployment_path(namespace, name), SECONDS)
    selector = ",".join(f"{key}={value}" for key, value in deployment["spec"]["selector"]["matchLabels"].items())
    sets = cluster.get(f"/apis/apps/v1/namespaces/{namespace}/replicasets", SECONDS, labelSelector=selector)["items"]
    pods = cluster.get(pods_path(namespace), SECONDS, labelSelector=selector)["items"]
    return progress_of(deployment, sets, pods)


def read_events(cluster: Cluster, namespace: str, uid: str) -> Sequence[Object]:
    """Of one object, oldest first."""
    path = f"/api/v1/namespaces/{namespace}/events"
    found = cluster.get(path, SECONDS, fieldSelector=f"involvedObject.uid={uid}")["items"]
    return sorted(found, key=_time)


def read_log(cluster: Cluster, namespace: str, pod: str, container: str, *, previous: bool) -> list[str]:
    path = f"{pods_path(namespace)}/{pod}/log"
    run = str(previous).lower()
    return cluster.text(
        path, SECONDS, container=container, previous=run, tailLines=1000, limitBytes=1_000_000
    ).splitlines()


def _time(event: Object) -> str:
    series = event.get("series") or {}
    return str(series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime") or "")
