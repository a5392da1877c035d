"""Deployments as a service has them, with programs that stand in for its own: small, quick, and bad on purpose."""

from typing import Any

from .cluster import Manifest

SERVICE = "app.kubernetes.io/instance"
ROUTES = "/routes"


def deployment(name: str, image: str, *containers: Manifest, replicas: int = 1, **pod: Any) -> Manifest:
    labels = {SERVICE: name, "app.kubernetes.io/name": "triton-serving"}
    filled = [{"image": image, **container} for container in containers]
    spec = {"terminationGracePeriodSeconds": 0, "automountServiceAccountToken": False, "containers": filled, **pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def container(name: str, script: str, **more: Any) -> Manifest:
    return {"name": name, "command": ["/bin/busybox", "sh", "-c", script], **more}


def gateway(name: str, image: str, *, replicas: int = 1, ready_after: int = 0) -> Manifest:
    """Answers every pod's question for its routes with what the Secret of its name holds."""
    folder = "/tmp/www/.well-known"
    script = (
        f"b=/bin/busybox; $b sleep {ready_after}; $b mkdir -p {folder}; "
        f"$b ln -s {ROUTES}/version {folder}/triton-serving; exec $b httpd -f -p 8080 -h /tmp/www"
    )
    served = container(
        "gateway",
        script,
        volumeMounts=[{"name": "routes", "mountPath": ROUTES}],
        readinessProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 1},
    )
    volumes = [{"name": "routes", "secret": {"secretName": name}}]
    return deployment(name, image, served, replicas=replicas, volumes=volumes)


def routes(name: str, version: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"version": version}}
