"""What is recorded of a service, and told of it: Prometheus itself reads the expressions, and made-up series."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from parts import promtool
from parts.cluster_services import DIGITS, MODEL, service
from triton_serving.plan.kubernetes.alerts import alerts
from triton_serving.plan.kubernetes.service import ClusterService, Replicas

POD = 'job="team-a/digits", namespace="team-a", pod="digits-6c9f7d5b4-x2x5z", release="stable"'
OTHER_POD = POD.replace("x2x5z", "q7r8s")
QUEUE = "triton_serving_queue_milliseconds"


def groups(s: ClusterService | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = alerts(s or service())["spec"]["groups"]
    return found


def rules(s: ClusterService) -> list[dict[str, Any]]:
    return [rule for group in groups(s) for rule in group["rules"]]


def with_python_models() -> ClusterService:
    s = service()
    needs = (replace(DIGITS, backend="python"),)
    return replace(s, stable=replace(s.stable, model=replace(MODEL, needs=needs)))


def test_the_alert_for_long_queues_follows_what_the_autoscaler_is_to_reach():
    told = {
        rule["alert"]: rule["expr"]
        for rule in rules(service(replicas=Replicas(fixed=None, target_queue_ms=40)))
        if "alert" in rule
    }
    assert told["TritonServingLongQueue"].endswith("> 80")
    assert "TritonServingAtMaximum" in told


def test_a_service_that_is_still_starting_is_no_reason_for_an_alert():
    slow = service()
    slow = replace(slow, stable=replace(slow.stable, times=replace(slow.stable.times, startup=1790)))
    waits = {rule["alert"]: rule["for"] for rule in rules(slow) if "alert" in rule}
    assert waits["TritonServingModelNotReady"] == waits["TritonServingPodNotReady"] == "31m"


def test_a_pod_that_still_answers_what_it_has_begun_is_no_reason_for_an_alert():
    slow = service()
    slow = replace(slow, stable=replace(slow.stable, times=replace(slow.stable.times, drain=1780)))
    waits = {rule["alert"]: rule["for"] for rule in rules(slow) if "alert" in rule}
    assert waits["TritonServingPodNotReady"] == "31m"


def model(name: str, requests: str, queue_us: str, pod: str = POD) -> list[dict[str, str]]:
    labels = f'{{{pod}, model="{name}", version="1"}}'
    return [
        {"series": f"nv_inference_request_success{labels}", "values": requests},
        {"series": f"nv_inference_queue_duration_us{labels}", "values": queue_us},
    ]


def recorded(name: str, labels: str, value: float, at: str = "5m") -> dict[str, Any]:
    """Of numbers that a computer writes without an end, so many digits as matter."""
    samples = [{"labels": f"{{{labels}}}", "value": value}]
    return {"expr": f"round({name}, 0.01)", "eval_time": at, "exp_samples": samples}


def test_queues_are_weighted_by_requests_and_idle_models_do_not_count(tmp_path: Path):
    """9 of 10 requests wait for 10 ms, 1 for 110 ms: 20 ms. The plain mean of the three models would be 40."""
    series = [
        *model("busy", "0+90x40", "0+900000x40"),
        *model("slow", "0+10x40", "0+1100000x40"),
        *model("idle", "7+0x40", "123+0x40"),
    ]
    expected = [
        recorded(f"pod:{QUEUE}:mean1m", POD, 20),
        recorded(f"pod_model:{QUEUE}:mean1m{{model='slow'}}", f'{POD}, model="slow", version="1"', 110),
    ]
    promtool.evaluate(tmp_path, groups(), {"input_series": series, "promql_expr_test": expected})


def test_a_pod_that_was_started_again_is_not_taken_for_one_with_a_strange_queue(tmp_path: Path):
    """Its counters begin at 0; 40 ms per request before and after."""
    series = model("digits", "1000+50x20 0+50x20", "40000000+2000000x20 0+2000000x20")
    at = [recorded(f"pod:{QUEUE}:mean1m", POD, 40, f"{seconds}s") for seconds in (285, 300, 315, 330, 345, 600)]
    promtool.evaluate(tmp_path, groups(), {"input_series": series, "promql_expr_test": at})


def test_an_idle_pod_says_that_nobody_waits(tmp_path: Path):
    """Else it would hold an autoscaler back for as long as nobody asks."""
    series = model("digits", "0+50x20 1000+0x40", "0+2000000x20 40000000+0x40")
    promtool.evaluate(
        tmp_path,
        groups(),
        {"input_series": series, "promql_expr_test": [recorded(f"pod:{QUEUE}:mean1m", POD, 0, "12m")]},
    )


def test_pods_of_a_release_are_weighted_by_their_requests_as_well(tmp_path: Path):
    series = [
        *model("digits", "0+30x40", "0+3000000x40"),
        *model("digits", "0+10x40", "0+200000x40", OTHER_POD),
    ]
    labels = 'job="team-a/digits", namespace="team-a", release="stable"'
    expected = recorded(f"release:{QUEUE}:mean1m", labels, (30 * 100 + 10 * 20) / 40)
    promtool.evaluate(tmp_path, groups(), {"input_series": series, "promql_expr_test": [expected]})


def test_the_gateways_own_canaries_are_nobodys_requests(tmp_path: Path):
    """They ask each Python model every 5 s: a model that nobody else asks would pull the mean down."""
    canary = [
        {
            "series": f'envoy_cluster_health_check_attempt{{{POD}, envoy_cluster_name="canary/digits/{version}"}}',
            "values": "0+3x40",
        }
        for version in (1, 3)
    ]
    asked = {"series": f'nv_inference_request_success{{{POD}, model="digits", version="3"}}', "values": "0+6x40"}
    waited = {
        "series": f'nv_inference_queue_duration_us{{{POD}, model="digits", version="3"}}',
        "values": "0+600000x40",
    }
    series = [*model("digits", "0+3x40", "0+300x40"), asked, waited, *canary]
    expected = recorded(f"pod:{QUEUE}:mean1m", POD, 100)
    promtool.evaluate(tmp_path, groups(with_python_models()), {"input_series": series, "promql_expr_test": [expected]})


def failures(count: str) -> dict[str, str]:
    labels = f'{{{POD}, model="digits", version="1", reason="BACKEND"}}'
    return {"series": f"nv_inference_request_failure{labels}", "values": count}


def told(name: str, at: str, *expected: dict[str, str]) -> dict[str, Any]:
    return {
        "alertname": name,
        "eval_time": at,
        "exp_alerts": [{"exp_labels": {"namespace": "team-a", "service": "digits", **labels}} for labels in expected],
    }


THE_POD = {"job": "team-a/digits", "pod": "digits-6c9f7d5b4-x2x5z", "release": "stable"}
THE_MODEL = {**THE_POD, "model": "digits", "version": "1"}


@pytest.mark.parametrize(("answered", "dead"), [("0+0x40", True), ("0+20x40", False)], ids=["all-fail", "some-fail"])
def test_a_model_whose_every_request_fails_is_told_of(answered: str, dead: bool, tmp_path: Path):
    """As Triton 24.10 counts after the process of a Python model was killed, while it says that it is ready."""
    series = [*model("digits", answered, "0+0x40"), failures("0+3x40")]
    expected = [{"severity": "critical", **THE_MODEL}] if dead else []
    test = {"input_series": series, "alert_rule_test": [told("TritonServingModelDead", "5m", *expected)]}
    promtool.evaluate(tmp_path, without_words(groups()), test)


def test_a_model_that_does_not_answer_canaries_is_told_of_by_name(tmp_path: Path):
    series = [
        {
            "series": f'envoy_cluster_membership_healthy{{{POD}, envoy_cluster_name="canary/digits/1"}}',
            "values": "1+0x10 0+0x60",
        },
        {
            "series": f'envoy_cluster_membership_healthy{{{POD}, envoy_cluster_name="canary/digits/3"}}',
            "values": "1+0x70",
        },
    ]
    expected = [
        told("TritonServingModelNotReady", "4m"),
        told("TritonServingModelNotReady", "8m", {"severity": "critical", **THE_MODEL}),
    ]
    promtool.evaluate(tmp_path, without_words(groups()), {"input_series": series, "alert_rule_test": expected})


def test_restarts_are_told_of_for_sidecars_and_for_no_other_service(tmp_path: Path):
    def restarts(kind: str, pod: str, container: str) -> dict[str, str]:
        labels = f'{{namespace="team-a", pod="{pod}", container="{container}", instance="state-metrics"}}'
        return {"series": f"kube_pod_{kind}_status_restarts_total{labels}", "values": "0+0x20 1+0x20"}

    series = [
        restarts("container", "digits-6c9f7d5b4-x2x5z", "scoring"),
        restarts("init_container", "digits-6c9f7d5b4-x2x5z", "triton"),
        restarts("container", "digits-two-6c9f7d5b4-x2x5z", "scoring"),
    ]
    both = [{"severity": "warning", "pod": "digits-6c9f7d5b4-x2x5z", "container": one} for one in ("scoring", "triton")]
    test = {"input_series": series, "alert_rule_test": [told("TritonServingRestarts", "8m", *both)]}
    promtool.evaluate(tmp_path, without_words(groups()), test)


@pytest.mark.parametrize(("failed", "expected"), [(1, 0), (20, 1)], ids=["one-in-a-hundred", "every-fifth"])
def test_errors_are_told_of_by_their_share(failed: int, expected: int, tmp_path: Path):
    labels = f'{POD}, envoy_http_conn_manager_prefix="service", envoy_response_code_class='
    series = [
        {"series": f'envoy_http_downstream_rq_xx{{{labels}"2"}}', "values": f"0+{100 - failed}x60"},
        {"series": f'envoy_http_downstream_rq_xx{{{labels}"5"}}', "values": f"0+{failed}x60"},
    ]
    labels_told = {"severity": "critical", "job": "team-a/digits", "release": "stable"}
    test = {"input_series": series, "alert_rule_test": [told("TritonServingErrors", "12m", *[labels_told] * expected)]}
    promtool.evaluate(tmp_path, without_words(groups()), test)


def without_words(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """promtool compares annotations too; the words may change."""
    return [
        {
            **group,
            "rules": [{key: value for key, value in rule.items() if key != "annotations"} for rule in group["rules"]],
        }
        for group in found
    ]
