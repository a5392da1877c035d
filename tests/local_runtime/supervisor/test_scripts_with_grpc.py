"""Entry scripts that ask Triton by gRPC at localhost:8001: each has its own, and the same after a restart."""

import sys
from dataclasses import replace

import pytest
from parts.load import Load, eventually
from parts.scoring_server import DISTRIBUTION
from parts.supervised import Supervised
from triton_serving.local_runtime.deployment import Deployment
from triton_serving.plan.processes import ScoringPlaces
from triton_serving.plan.service import Mode, Script

ASKS_BY_GRPC = """
import numpy
import tritongrpcclient
triton = tritongrpcclient.InferenceServerClient("localhost:8001")
def init():
    assert triton.is_server_live()
def run(data):
    x = tritongrpcclient.InferInput("x", [1], "FP32")
    x.set_data_from_numpy(numpy.ones(1, numpy.float32))
    return float(triton.infer("times", [x]).as_numpy("y")[0])
"""


@pytest.fixture(scope="module")
def running(service: Supervised) -> Supervised:
    service.apply(with_grpc(service, 2))
    return service


def with_grpc(service: Supervised, factor: int) -> Deployment:
    """In the environment of the tests, which has gRPC."""
    direct = service.direct(service.times(factor))
    script = Script("score.py", variables={"PYTHONPATH": str(DISTRIBUTION)})
    return replace(
        direct,
        plan=replace(direct.plan, mode=Mode.SCORING, script=script),
        scoring=ScoringPlaces(
            sys.executable, service.source("asks-by-grpc", ASKS_BY_GRPC), "models", "temporary/scoring"
        ),
    )


def test_no_request_fails_while_another_triton_takes_over(running: Supervised) -> None:
    with Load(running.score) as load:
        load.more()
        running.apply(with_grpc(running, 3))
        load.until(lambda answers: answers[3.0] > 20)
    assert set(load.answers) == {2.0, 3.0}
    running.apply(with_grpc(running, 2))
    assert running.score() == 2


def test_a_channel_reaches_a_triton_that_was_started_again(running: Supervised) -> None:
    assert running.score() == 2
    before = running.status().processes
    running.kill(before["triton"])
    eventually(lambda: running.status().processes.get("triton", before["triton"]) != before["triton"], "another one")
    eventually(lambda: _score(running) == 2, "the worker's channel finds it")
    after = running.status().processes
    assert {kind for kind in after if after[kind] != before[kind]} == {"triton"}


def _score(service: Supervised) -> object:
    try:
        return service.score()
    except (OSError, AssertionError) as error:
        return error
