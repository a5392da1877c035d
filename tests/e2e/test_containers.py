"""LocalWebservice in containers, with a real Docker engine, real images and the real Triton: from nothing to a call,
changes under load, what must not take over, trouble, and nothing left."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.asking import ask
from parts.container_services import ContainerProgram, Docker
from parts.docker_engine import why_not
from parts.engine import ROOT
from parts.load import Load, eventually
from parts.operation import descendants
from parts.services import command_line

SEVEN = (ROOT / "examples/digits/seven.png").read_bytes()
BYTES = {"Content-Type": "application/octet-stream"}
REQUEST = (ROOT / "examples/digits/request.json").read_bytes()
JSON = {"Content-Type": "application/json"}

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docker]:
    started = Docker.start(tmp_path_factory.mktemp("docker"))
    yield started
    started.stop()


@pytest.fixture
def program(docker: Docker, tmp_path: Path) -> Iterator[ContainerProgram]:
    made = ContainerProgram(tmp_path).make_for(docker)
    yield made
    made.destroy()


def test_direct_from_nothing_to_nothing(program: ContainerProgram, docker: Docker) -> None:
    program.up().fine()
    outputs = program.outputs()
    assert outputs["state"] == "Healthy"
    infer = outputs["infer_uris"]["digits/1"]
    status, answer = ask(infer, REQUEST, JSON)
    assert (status, json.loads(answer)["model_name"]) == (200, "digits")
    assert ask(f"{outputs['scoring_uri']}/v2/repository/index", b"{}", JSON)[0] == 404
    for name in program.running():
        assert name in outputs["logs"]
    assert "9 unchanged" in program.preview().fine().text
    assert "9 unchanged" in program.refresh().fine().text

    confined(program)

    labels = program.models / "triton/digits/labels.txt"
    before = program.running()
    with Load(lambda: ask(infer, REQUEST, JSON)[0]) as load:
        load.more()
        labels.write_text(labels.read_text().replace("seven", "SEVEN"))
        program.up().fine()
        load.more()
        broken = program.models / "triton/digits/1/model.onnx"
        good = broken.read_bytes()
        broken.write_bytes(good[: len(good) // 2] + bytes(len(good) - len(good) // 2))
        program.up().refused("digits", "the version before goes on serving")
        load.more()
        broken.write_bytes(good)
        program.up().fine()
        load.more()
    assert set(load.answers) == {200}, load.answers
    after = program.running()
    assert after["gateway"] == before["gateway"]
    assert after["triton"] != before["triton"]
    assert set(after) == {"gateway", "triton"}

    program.destroy().fine()
    assert (docker.engine.containers(), docker.engine.networks(), docker.engine.volumes()) == ([], [], [])
    assert program.services == []


def confined(program: ContainerProgram) -> None:
    for container in program.running().values():
        found = program.engine.inspect(container)
        host = found["HostConfig"]
        assert host["CapDrop"] == ["ALL"]
        assert host["ReadonlyRootfs"]
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert host["Memory"] > 0
        assert host["LogConfig"]["Config"] == {"max-file": "3", "max-size": "10m"}
        assert host["RestartPolicy"]["Name"] == "unless-stopped"
        assert found["Config"]["User"].split(":")[0] not in ("", "0")
        assert all(not mount["RW"] for mount in found["Mounts"])
    (binding,) = program.engine.inspect(program.running()["gateway"])["HostConfig"]["PortBindings"]["8080/tcp"]
    assert binding["HostIp"] == "127.0.0.1"


def test_scoring_with_keys_that_are_nowhere_to_be_read(program: ContainerProgram, docker: Docker) -> None:
    program.set(
        entry_script="examples/digits/score.py",
        environment_image=docker.images["environmentImage"],
        environment_variables={"WORKER_COUNT": "2", "GREETING": "hello"},
        auth_enabled=True,
    )
    program.up().fine()
    outputs = program.outputs()
    uri, first = outputs["scoring_uri"], outputs["primary_key"]

    def scored(key: str) -> tuple[int, str]:
        return ask(uri, SEVEN, {**BYTES, "Authorization": f"Bearer {key}"})

    status, answer = scored(first)
    assert status == 200
    assert "seven" in answer
    assert scored("wrong")[0] == 401
    assert ask(uri, SEVEN, BYTES)[0] == 401
    for container in program.running().values():
        assert first not in json.dumps(program.engine.inspect(container))
    assert first not in program.state_file.read_text()

    with Load(lambda: scored(outputs["secondary_key"])[0]) as load:
        load.more()
        containers = program.running()
        program.set(primary_rotation="2")
        program.up().fine()
        assert program.running() == containers
        assert scored(first)[0] == 401
        assert scored(program.outputs()["primary_key"])[0] == 200

        script = program.project / "examples/digits/score.py"
        good = script.read_text()
        script.write_text(good.replace("def init():", "def init():\n    raise ValueError('no such thing')\n", 1))
        told = program.up()  # with the script's own traceback
        assert told.code != 0
        assert "score.py, line 17: init() raised ValueError: no such thing" in told.text
        assert "the version before goes on serving" in told.text
        script.write_text(good)
        program.set(environment_variables={"WORKER_COUNT": "1"})
        program.up().fine()
        load.more()
    assert set(load.answers) == {200}, load.answers


def test_what_ended_is_started_again(program: ContainerProgram) -> None:
    program.up().fine()
    infer = program.outputs()["infer_uris"]["digits/1"]
    triton = program.running()["triton"]
    # Triton goes on to say that it is ready when the process of a Python model is dead.
    for process in descendants(program.engine.inspect(triton)["State"]["Pid"]):
        if "triton_python_backend_stub" in command_line(process):
            os.kill(process, signal.SIGKILL)
    assert ask(infer, REQUEST, JSON)[0] != 200
    assert "it will be started again" in program.preview().fine().text
    program.up().fine()
    assert ask(infer, REQUEST, JSON)[0] == 200
    # A gateway that Docker starts anew has a new network, into which Triton follows.
    program.engine.ask("POST", f"/containers/{program.running()['gateway']}/restart?t=1")
    eventually(lambda: answers(infer), "Triton is behind the new gateway")


def answers(infer: str) -> bool:
    try:
        return ask(infer, REQUEST, JSON)[0] == 200
    except OSError:
        return False


def test_without_docker_or_with_a_taken_port_the_preview_tells_in_a_sentence(
    program: ContainerProgram, docker: Docker
) -> None:
    program.set(port=docker.registry.port)
    program.preview().refused(f"port {docker.registry.port} of this machine is taken by another program")
    program.environ["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
    program.preview().refused("Docker does not answer at unix:///nowhere/docker.sock", "runsIn")
    program.set(triton_image="nvcr.io/nvidia/tritonserver:26.09-py3", gateway_image=None, environment="x", memory_gb=0)
    told = program.preview()
    told.refused("'tritonImage' must be an image by digest", "'memoryGb'")
    assert program.services == []
