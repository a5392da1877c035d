"""What ContainerService says in previews: every mistake at once, and whether Docker is there."""

from pathlib import Path

import pytest
from triton_serving.models.work import Work
from triton_serving.plan.containers import Room
from triton_serving.resources.container_rollout_provider import ContainerRolloutProvider
from triton_serving.resources.container_service_provider import ContainerServiceProvider
from triton_serving.resources.engine import Engine
from triton_serving.resources.local_service_provider import LocalServiceProvider
from triton_serving.resources.resource import Call, Change
from triton_serving.resources.values import UNKNOWN
from triton_serving.rules.problems import UserError

URN = "urn:pulumi:dev::shop::triton-serving:index:ContainerService::digits"
PROVIDER = ContainerServiceProvider()
IMAGE = "registry.example.com/team/image@sha256:" + "0" * 64
NEEDED = {"model": IMAGE, "gatewayImage": IMAGE, "tritonImage": IMAGE}


@pytest.fixture(autouse=True)
def nothing_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")


def call(preview: bool = False) -> Call:
    return Call(URN, Engine("127.0.0.1:1"), Work(), preview)


def check(**inputs):
    return PROVIDER.check(call(), {"name": "digits", **inputs})


def test_a_direct_service_needs_its_model_and_two_images():
    assert check(**NEEDED).problems == []


def test_every_wrong_value_is_told_at_once():
    told = check(model="digits:1", tritonImage="nvcr.io/triton:26.09", memoryGb=0, sharedMemoryMb=1, gatewayImag="x")
    assert len(told.problems) == 5
    assert any("did you mean 'gatewayImage'" in problem for problem in told.problems)
    assert any("'tritonImage' must be an image by digest" in problem for problem in told.problems)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"model": IMAGE}, ["'gatewayImage' is required", "'tritonImage' is required in direct mode"]),
        ({**NEEDED, "entryScript": "score.py"}, ["'environmentImage' is required in scoring mode"]),
        ({**NEEDED, "environmentImage": IMAGE}, ["'environmentImage' has no use in direct mode"]),
        ({**NEEDED, "scriptMemoryGb": 1}, ["'scriptMemoryGb' has no use in direct mode"]),
        ({**NEEDED, "environment": "local"}, ["give environmentImage"]),
        (
            {"mode": "script", "entryScript": "s.py", "environmentImage": IMAGE, **NEEDED},
            ["'tritonImage' has no use in script mode"],
        ),
    ],
)
def test_what_does_not_go_together_is_told_with_a_way_out(given, told):
    problems = check(**given).problems
    for words in told:
        assert any(words in problem for problem in problems), problems


def test_what_is_for_containers_is_told_to_a_service_of_processes():
    told = LocalServiceProvider().check(call(), {"name": "digits", "model": IMAGE, "tritonImage": IMAGE}).problems
    assert told == [
        "'tritonImage' has no use while the service runs as processes; set runsIn to 'containers' or remove it"
    ]


def test_without_docker_the_preview_tells_where_it_was_looked_for(tmp_path: Path):
    with pytest.raises(UserError, match=r"Docker does not answer at unix://.*docker\.sock \(No such file.*runsIn"):
        PROVIDER.create(call(preview=True), check(**NEEDED).inputs)
    assert not (tmp_path / "data").exists()


def test_an_engine_on_another_machine_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://elsewhere:2375")
    with pytest.raises(UserError, match="must be a socket of this machine"):
        PROVIDER.create(call(preview=True), check(**NEEDED).inputs)


def test_what_is_not_known_yet_is_not_judged():
    assert check(**{**NEEDED, "model": UNKNOWN, "tritonImage": UNKNOWN}).problems == []


def test_shared_memory_and_bounds_have_defaults_that_a_reader_finds():
    assert (Room().memory_gb, Room().script_memory_gb, Room().shared_memory_mb) == (4.0, 1.0, 64)


def test_a_rollout_follows_every_change_of_its_containers():
    given = {
        "service": "digits",
        "folder": "/nowhere",
        "containers": {"gateway": "1", "triton": "2"},
        "names": {"gateway": "a", "triton": "b"},
        "slot": 0,
        "port": 6789,
        "mode": "direct",
        "served": {"digits": [1]},
        "startupSeconds": 120,
    }
    rollout = ContainerRolloutProvider()
    assert rollout.check(call(), given).problems == []
    changed = given | {"containers": {"gateway": "1", "triton": "3"}, "slot": 1}
    assert rollout.diff(call(), given, changed) == {"containers": Change.UPDATE, "slot": Change.UPDATE}
    expected = rollout.create(call(preview=True), changed)[1]
    assert expected["scoringUri"] == "http://localhost:6789"
    assert expected["logs"] == "docker logs a; docker logs b"
