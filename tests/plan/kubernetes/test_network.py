"""Who may open connections to a pod, and to whom a pod may."""

from typing import Any

import pytest
from parts.cluster_services import MODEL, release, service
from triton_serving.plan.gateway.pod import DRAIN_PORT, PROBE_PORT, SERVICE_PORT
from triton_serving.plan.kubernetes.manifests import manifests
from triton_serving.plan.kubernetes.names import CANDIDATE, STABLE, selector
from triton_serving.plan.kubernetes.service import ClusterService, Delivery, Exposure, Reach

METADATA = "169.254.169.254/32"


def policy(made: ClusterService, which: str = "network") -> dict[str, Any]:
    return dict(manifests(made)[which]["spec"])


def callers(made: ClusterService) -> Any:
    """From where the service's port is reached; None: from everywhere."""
    (rule,) = (one for one in policy(made)["ingress"] if ports(one) == [SERVICE_PORT])
    return rule.get("from")


def ports(rule: dict[str, Any]) -> list[int]:
    return [one["port"] for one in rule.get("ports", ())]


def namespaces(*names: str) -> list[dict[str, Any]]:
    return [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}} for name in names]


def addresses(rule: dict[str, Any]) -> list[dict[str, Any]]:
    return [one["ipBlock"] for one in rule["to"] if "ipBlock" in one]


def test_everybody_reaches_the_service_unless_callers_are_named():
    assert callers(service()) is None
    assert callers(service(reach=Reach(allowed_namespaces=("shop", "lab")))) == namespaces("shop", "lab")


def test_a_gateway_that_routes_to_the_service_is_a_caller():
    made = service(reach=Reach(Exposure.GATEWAY, gateway="edge/public", allowed_namespaces=("shop",)))
    assert callers(made) == namespaces("shop", "edge")


def test_nobody_gets_at_probes_and_metrics_but_prometheus():
    assert [ports(one) for one in policy(service())["ingress"]] == [[SERVICE_PORT]]
    made = service(reach=Reach(monitoring_namespace="monitoring"))
    (rule,) = (one for one in policy(made)["ingress"] if ports(one) == [PROBE_PORT])
    assert rule["from"] == namespaces("monitoring")


def test_nobody_tells_the_gateway_to_drain():
    made = service(reach=Reach(monitoring_namespace="monitoring"), candidate=release())
    for which in ("network", "candidateNetwork"):
        assert not any(DRAIN_PORT in ports(one) for one in policy(made, which)["ingress"])


def test_a_pod_asks_for_names_and_opens_no_other_connection():
    (rule,) = policy(service())["egress"]
    assert ports(rule) == [53, 53]


def test_only_the_stable_versions_pods_reach_the_candidate():
    made = service(candidate=release(), reach=Reach(allowed_namespaces=("shop",)))
    (rule,) = policy(made, "candidateNetwork")["ingress"]
    assert rule["from"] == [{"podSelector": {"matchLabels": selector(made, STABLE)}}]
    (out,) = (one for one in policy(made)["egress"] if ports(one) == [SERVICE_PORT])
    assert out["to"] == [{"podSelector": {"matchLabels": selector(made, CANDIDATE)}}]
    assert not any(ports(one) == [SERVICE_PORT] for one in policy(made, "candidateNetwork")["egress"])


@pytest.mark.parametrize(
    ("reference", "plain", "expected"),
    [
        ("registry.example.com/digits", False, [443]),
        ("registry.example.com:5000/digits", False, [443, 5000]),
        ("registry.example.com/digits", True, [80, 443]),
    ],
)
def test_what_copies_the_model_reaches_its_registry(reference: str, plain: bool, expected: list[int]):
    made = service(delivery=Delivery.COPY, allow_plain_http=plain)
    model = MODEL.__class__(f"{reference}@sha256:{'1' * 64}", "models/triton", "models", MODEL.needs, 1)
    made = service(delivery=Delivery.COPY, allow_plain_http=plain, stable=_with(made, model))
    (rule,) = (one for one in policy(made)["egress"] if ports(one) == expected)
    assert METADATA in addresses(rule)[0]["except"]


def test_a_script_that_may_go_out_still_gets_no_credentials_of_the_node():
    (rule,) = (one for one in policy(service(reach=Reach(allow_egress=True)))["egress"] if "ports" not in one)
    everything = next(one for one in addresses(rule) if one["cidr"] == "0.0.0.0/0")
    assert METADATA in everything["except"]


def _with(made: ClusterService, model: Any) -> Any:
    return made.stable.__class__(made.stable.plan, model, None, None, made.stable.times)
