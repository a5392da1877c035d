"""Replicas by load: what is measured, how fast they come and go."""

from typing import Any

import pytest
from parts.cluster_services import service
from triton_serving.plan.kubernetes.autoscaler import autoscaler
from triton_serving.plan.kubernetes.service import Replicas
from triton_serving.plan.service import Mode


def spec(mode: Mode = Mode.DIRECT, **replicas: Any) -> dict[str, Any]:
    return dict(autoscaler(service(mode, replicas=Replicas(fixed=None, **replicas)))["spec"])


def test_it_chooses_between_the_numbers_that_were_given_for_the_stable_version():
    made = spec(minimum=2, maximum=7)
    assert (made["minReplicas"], made["maxReplicas"]) == (2, 7)
    assert made["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "digits"}


@pytest.mark.parametrize(
    ("mode", "containers"),
    [(Mode.DIRECT, ["triton"]), (Mode.SCORING, ["triton", "scoring"]), (Mode.SCRIPT, ["scoring"])],
)
def test_processor_time_is_that_of_each_program_that_works(mode: Mode, containers: list[str]):
    measured = [metric["containerResource"] for metric in spec(mode, target_utilization=60)["metrics"]]
    assert [one["container"] for one in measured] == containers
    assert all(one["target"] == {"type": "Utilization", "averageUtilization": 60} for one in measured)


@pytest.mark.parametrize(("milliseconds", "written"), [(50, "50"), (1500, "1500"), (2000, "2k"), (60_000, "60k")])
def test_the_queue_decides_alone_where_it_is_asked_to(milliseconds: int, written: str):
    (metric,) = spec(target_utilization=None, target_queue_ms=milliseconds)["metrics"]
    assert metric["type"] == "Pods"
    assert metric["pods"]["metric"] == {"name": "triton_serving_queue_milliseconds"}
    assert metric["pods"]["target"]["averageValue"] == written, (
        "as the API server writes it, or a refresh sees a change"
    )


def test_replicas_come_at_once_and_go_one_a_minute():
    behavior = spec()["behavior"]
    assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 0
    assert behavior["scaleDown"]["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 60}]
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] >= 300
