"""What is read from pods, and shown. Prometheus itself judges the expressions."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from parts import promtool
from parts.cluster_services import service
from plan.kubernetes.test_alerts import groups, rules
from triton_serving.plan.gateway.pod import GATEWAY_METRICS_PATH, TRITON_METRICS_PATH
from triton_serving.plan.kubernetes.monitoring import dashboard, pod_monitor
from triton_serving.plan.kubernetes.names import CANDIDATE, STABLE, pod_labels
from triton_serving.plan.kubernetes.service import ClusterService, Replicas
from triton_serving.plan.service import Mode

MODES = list(Mode)


def shown(s: ClusterService) -> dict[str, Any]:
    (text,) = dashboard(s)["data"].values()
    return dict(json.loads(text))


def expressions(s: ClusterService) -> list[str]:
    return [target["expr"] for panel in shown(s)["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("release", [STABLE, CANDIDATE])
def test_the_pods_of_both_releases_are_read(release: str):
    selected = pod_monitor(service())["spec"]["selector"]["matchLabels"]
    assert selected.items() <= pod_labels(service(), release).items()


@pytest.mark.parametrize("mode", MODES)
def test_triton_is_read_where_there_is_one_and_never_under_the_gateways_name(mode: Mode):
    read = pod_monitor(service(mode))["spec"]["podMetricsEndpoints"]
    expected = [GATEWAY_METRICS_PATH] + ([] if mode is Mode.SCRIPT else [TRITON_METRICS_PATH])
    assert [one["path"] for one in read] == expected
    programs = [one["relabelings"][0]["replacement"] for one in read]
    assert len(set(programs)) == len(programs), "the same `up` twice is an error to Prometheus"


@pytest.mark.parametrize("mode", MODES)
def test_only_a_service_with_triton_has_rules_and_panels_about_it(mode: Mode):
    s = service(mode)
    everything = json.dumps([rules(s), shown(s)["panels"]])
    assert ("nv_inference" in everything) == (mode is not Mode.SCRIPT)
    assert ("triton_serving_queue" in everything) == (mode is not Mode.SCRIPT)


def test_two_services_of_a_cluster_share_neither_series_nor_the_dashboards_file():
    one, two = service(), service(namespace="team-b")
    for rule in rules(one):
        assert "team-a" in rule["expr"]
        assert "team-b" not in rule["expr"]
    assert shown(one)["uid"] != shown(two)["uid"]
    assert set(dashboard(one)["data"]) != set(dashboard(two)["data"])


def test_the_dashboards_constants_are_the_services_own():
    constants = {
        one["name"]: one["query"] for one in shown(service())["templating"]["list"] if one["type"] == "constant"
    }
    assert constants == {"job": "team-a/digits", "namespace": "team-a", "service": "digits"}
    asked = set(re.findall(r"\$(\w+)", " ".join(expressions(service()))))
    assert asked <= {*constants, "__rate_interval"}


def test_what_the_dashboard_shows_of_recordings_is_recorded():
    recorded = {rule["record"] for rule in rules(service()) if "record" in rule}
    used = set(re.findall(r"\w+:triton_serving_\w+:\w+", " ".join(expressions(service()))))
    assert used <= recorded


def test_panels_lie_side_by_side_and_not_on_one_another():
    taken = [
        (x, y)
        for panel in shown(service())["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


@pytest.mark.parametrize("mode", MODES)
def test_prometheus_takes_every_expression(mode: Mode, tmp_path: Path):
    s = service(mode, replicas=Replicas(fixed=None))
    asked = [
        {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "1m")}
        for number, expression in enumerate(expressions(s))
    ]
    promtool.check(tmp_path, [*groups(s), {"name": "dashboard", "rules": asked}])
