"""How a service is watched: what Prometheus reads from each pod, and how Grafana shows it."""

import hashlib
import json
from importlib import resources
from typing import Any

from ..gateway import pod
from . import names
from .objects import Manifest
from .queries import INTERVAL, Queries, has_triton
from .service import ClusterService

PROBE = "probe"
"""What the port is called at which a pod's gateway hands out metrics, its own and Triton's."""


def pod_monitor(s: ClusterService) -> Manifest:
    """One for both releases: the label `release` tells them apart."""
    both = {name: value for name, value in names.selector(s, names.STABLE).items() if name != names.RELEASE_LABEL}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": names.metadata(s, names.name_of(s)),
        "spec": {
            "selector": {"matchLabels": both},
            "podMetricsEndpoints": [
                _read("gateway", pod.GATEWAY_METRICS_PATH),
                *([_read("triton", pod.TRITON_METRICS_PATH)] if has_triton(s) else []),
            ],
        },
    }


def dashboard(s: ClusterService) -> Manifest:
    """For Grafana's sidecar, which finds it by its label and keeps all dashboards of a cluster in one folder."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _labelled(names.metadata(s, names.name_of(s, "dashboard")), {"grafana_dashboard": "1"}),
        "data": {f"{s.namespace}-{s.name}.json": json.dumps(_filled(_template(), s), ensure_ascii=False)},
    }


def _read(program: str, path: str) -> dict[str, Any]:
    return {
        "port": PROBE,
        "path": path,
        "scheme": "http",
        "interval": INTERVAL,
        "relabelings": [
            # Without it the same `up` would be written twice, since both are read at one address.
            {"action": "replace", "targetLabel": "program", "replacement": program},
            {
                "action": "replace",
                "sourceLabels": ["__meta_kubernetes_pod_label_triton_serving_release"],
                "targetLabel": "release",
            },
        ],
    }


def _labelled(metadata: dict[str, Any], more: dict[str, str]) -> dict[str, Any]:
    return {**metadata, "labels": metadata["labels"] | more}


def _template() -> dict[str, Any]:
    """A dashboard as Grafana exports it, which it also can be edited as: what differs from service to service are its
    constants."""
    found: dict[str, Any] = json.loads(resources.files(__package__).joinpath("dashboard.json").read_text())
    return found


def _filled(template: dict[str, Any], s: ClusterService) -> dict[str, Any]:
    job = Queries(s).job
    constants = {"job": job, "namespace": s.namespace, "service": s.name}
    variables = [
        {**one, "query": constants[one["name"]]} if one["type"] == "constant" else one
        for one in template["templating"]["list"]
    ]
    # Grafana knows a dashboard by at most 40 characters.
    digest = hashlib.sha256(job.encode()).hexdigest()[:16]
    return {
        **template,
        "uid": f"triton-serving-{digest}",
        "title": f"{s.name} in {s.namespace}",
        "templating": {"list": variables},
        "panels": [one for one in template["panels"] if has_triton(s) or not _is_of_triton(one)],
    }


def _is_of_triton(panel: dict[str, Any]) -> bool:
    return "nv_" in json.dumps(panel) or "triton_serving" in json.dumps(panel)
