"""Deployments as a service has them, with programs that stand in for its own: small, quick, and bad on purpose."""

from pathlib import Path
from typing import Any

from .cluster import Manifest

SERVICE = "app.kubernetes.io/instance"
ROUTES, GATE = "/routes", "/gate"


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


def gateway(name: str, image: str, *, replicas: int = 1, gate: Path | None = None) -> Manifest:
    """Answers every question for routes with what the Secret of its name holds, and 503 where that says nothing.
    None of its pods is ready before there is a file `open` in the folder `gate` of this machine."""
    waiting = f"until [ -e {GATE}/open ]; do $b sleep 1; done; " if gate else ""
    script = f'b=/bin/busybox; {waiting}exec $b nc -ll -p 8080 -e $b sh -c "$ANSWERING"'
    volumes: list[Manifest] = [{"name": "routes", "secret": {"secretName": name}}]
    mounts = [{"name": "routes", "mountPath": ROUTES}]
    if gate:
        volumes.append({"name": "gate", "hostPath": {"path": str(gate)}})
        mounts.append({"name": "gate", "mountPath": GATE})
    served = container(
        "gateway",
        script,
        env=[{"name": "ANSWERING", "value": _ANSWERING}],
        volumeMounts=mounts,
        readinessProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 1},
    )
    return deployment(name, image, served, replicas=replicas, volumes=volumes)


_ANSWERING = f"""
b=/bin/busybox asked=version
while read -r line && [ "${{line%?}}" ]; do
    case "$line" in x-triton-serving-version:*) asked=$(echo "$line" | $b tr -cd 'a-z:-') ;; esac
done
if said=$($b cat "{ROUTES}/${{asked##*:}}"); then status='200 OK'; else status='503 No'; fi
printf 'HTTP/1.0 %s\\r\\n\\r\\n%s' "$status" "$said"
"""


def routes(name: str, version: str, **ways: str) -> Manifest:
    """`ways` are those to a candidate, and what is answered there."""
    said = {"version": version, **ways}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": said}
