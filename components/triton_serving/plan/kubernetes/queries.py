"""What Prometheus is asked about a service: every expression of its rules, from the metrics of Triton 24.10 and Envoy
1.40, and those of kube-state-metrics for what only the cluster knows."""

import json
import re
from dataclasses import dataclass
from typing import Any

from ..service import Mode
from .files import gateway_config_map
from .service import ClusterService

QUEUE_METRIC = "triton_serving_queue_milliseconds"
"""How long requests wait in Triton's queues, per request; by this name an autoscaler finds it."""
INTERVAL = "15s"
"""Between two readings. An autoscaler looks as often."""
WINDOW = "1m"
"""Of averages that an autoscaler goes by: four readings, so that one that was missed does no harm."""
LONG = "5m"
"""Of averages that wake somebody up."""

CALLED = f"pod_model:triton_serving_requests:rate{WINDOW}"
QUEUE_OF_MODELS = f"pod_model:{QUEUE_METRIC}:mean{WINDOW}"
QUEUE_OF_PODS = f"pod:{QUEUE_METRIC}:mean{WINDOW}"
"""0 where nothing was asked for: an autoscaler takes a pod that says nothing for one at its target, and would never let
an idle service shrink."""
QUEUE_OF_RELEASES = f"release:{QUEUE_METRIC}:mean{WINDOW}"
READY = "pod_model:triton_serving_ready:min"

_POD = "job, namespace, pod, release"
_RELEASE = "job, namespace, release"
_MODEL = f"{_POD}, model, version"


@dataclass(frozen=True)
class Queries:
    service: ClusterService

    @property
    def job(self) -> str:
        """What the PodMonitor makes of all that is read from the service's pods."""
        return f"{self.service.namespace}/{self.service.name}"

    def recorded(self) -> dict[str, str]:
        """What is worked out ahead, by the name it then has; each may stand on those before it."""
        return {
            CALLED: self._called(),
            QUEUE_OF_MODELS: self._queue(),
            QUEUE_OF_PODS: f"{self._weighted(_POD)} or 0 * sum by ({_POD}) ({self._of(CALLED)})",
            QUEUE_OF_RELEASES: self._weighted(_RELEASE),
            READY: self._by_model(f"{self._of('envoy_cluster_membership_healthy', _CANARIES)}", "min"),
        }

    def long_queue(self, milliseconds: int) -> str:
        return f"{self._of(QUEUE_OF_RELEASES)} > {milliseconds}"

    def models_not_ready(self) -> str:
        return f"{self._of(READY)} == 0"

    def many_errors(self, share: float) -> str:
        by_class = f"sum by ({_RELEASE}) (rate(%s[{LONG}]))"
        failed = by_class % self._of("envoy_http_downstream_rq_xx", _SERVICE, 'envoy_response_code_class="5"')
        return f"{failed} / ({by_class % self._of('envoy_http_downstream_rq_xx', _SERVICE)} > 0) > {share}"

    def failing_models(self) -> str:
        """Every request fails, as when the process of a Python model was killed. A model that answers with an error of
        its own counts as a success in Triton's metrics."""
        failed = self._of("nv_inference_request_failure", 'reason="BACKEND"')
        return f"sum by ({_MODEL}) (rate({failed}[{WINDOW}])) > 0 unless {self._requests()} > 0"

    def stuck_models(self) -> str:
        """Requests wait, and none is answered."""
        waiting = f"sum by ({_MODEL}) ({self._of('nv_inference_pending_request_count')})"
        return f"{waiting} > 0 unless {self._requests(LONG)} > 0"

    def unread(self) -> str:
        return f"{self._of('up')} == 0"

    def restarts(self) -> str:
        """Containers and sidecars have a metric each, of the same labels."""
        counted = " or ".join(
            f"increase({self._in_cluster(metric)}[15m])"
            for metric in ("kube_pod_container_status_restarts_total", "kube_pod_init_container_status_restarts_total")
        )
        return f"max by (namespace, pod, container) ({counted}) > 0"

    def pods_not_ready(self) -> str:
        ready = self._in_cluster("kube_pod_status_ready", 'condition="true"')
        return f"max by (namespace, pod) ({ready}) == 0"

    def nothing_available(self) -> str:
        return f"{self._of_deployments('kube_deployment_status_replicas_available')} == 0"

    def autoscaler_at_its_end(self) -> str:
        wanted, most = (
            _selected(metric, f'namespace="{self.service.namespace}"', f'horizontalpodautoscaler="{self.service.name}"')
            for metric in (
                "kube_horizontalpodautoscaler_status_desired_replicas",
                "kube_horizontalpodautoscaler_spec_max_replicas",
            )
        )
        return f"{wanted} >= {most}"

    def _queue(self) -> str:
        """Milliseconds per request. Requests that failed have no time in Triton's counters, and are not counted."""
        waited = self._of("nv_inference_queue_duration_us")
        return f"sum by ({_MODEL}) (rate({waited}[{WINDOW}])) / 1000 / ({self._requests()} > 0)"

    def _called(self) -> str:
        """Requests per second, but for the gateway's own canaries: a model that nobody else asks is idle."""
        inferring = sorted(_inferring(self.service))
        if not inferring:
            return self._requests()
        asked = self._of("envoy_cluster_health_check_attempt", f'envoy_cluster_name=~"{"|".join(inferring)}"')
        own = self._by_model(f"rate({asked}[{WINDOW}])", "sum")
        return f"clamp_min({self._requests()} - ({own} or 0 * {self._requests()}), 0)"

    def _weighted(self, by: str) -> str:
        """The mean over models, each with the weight of its callers' requests."""
        called = self._of(CALLED)
        return f"sum by ({by}) ({self._of(QUEUE_OF_MODELS)} * {called}) / (sum by ({by}) ({called}) > 0)"

    def _by_model(self, of_canaries: str, how: str) -> str:
        """A canary is called canary/<model>/<version>."""
        model = f'label_replace({of_canaries}, "model", "$1", "envoy_cluster_name", "canary/(.+)/.+")'
        version = f'label_replace({model}, "version", "$1", "envoy_cluster_name", "canary/.+/(.+)")'
        return f"{how} by ({_MODEL}) ({version})"

    def _requests(self, window: str = WINDOW) -> str:
        return f"sum by ({_MODEL}) (rate({self._of('nv_inference_request_success')}[{window}]))"

    def _of(self, metric: str, *more: str) -> str:
        return _selected(metric, f'job="{self.job}"', *more)

    def _in_cluster(self, metric: str, *more: str) -> str:
        """A pod is called after its ReplicaSet: digits-6c9f7d5b4-x2x5z, so `digits` is not taken for `digits-two`."""
        pods = f'pod=~"{self.service.name}-(candidate-)?[a-z0-9]+-[a-z0-9]{{5}}"'
        return _selected(metric, f'namespace="{self.service.namespace}"', pods, *more)

    def _of_deployments(self, metric: str) -> str:
        return _selected(
            metric, f'namespace="{self.service.namespace}"', f'deployment=~"{self.service.name}(-candidate)?"'
        )


def has_triton(s: ClusterService) -> bool:
    return s.stable.plan.mode is not Mode.SCRIPT


def _inferring(s: ClusterService) -> set[str]:
    """Checks that send something: it is an inference request."""
    return {
        re.sub(r"[^\w/~-]", ".", one["name"])  # what else a name holds might mean something in an expression
        for release in s.releases
        for one in _checks(s, release)
        if any("send" in check["http_health_check"] for check in one.get("health_checks", ()))
    }


def _checks(s: ClusterService, release: str) -> list[dict[str, Any]]:
    start_file = json.loads(gateway_config_map(s, release)["data"]["bootstrap.json"])
    return list(start_file["static_resources"]["clusters"])


def _selected(metric: str, *matchers: str) -> str:
    return f"{metric}{{{', '.join(matchers)}}}"


_SERVICE = 'envoy_http_conn_manager_prefix="service"'
"""What callers asked for, without probes."""
_CANARIES = 'envoy_cluster_name=~"canary/.+"'
