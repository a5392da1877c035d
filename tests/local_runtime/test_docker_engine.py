"""What is asked of Docker's engine itself, with a real one: images by digest, how containers are, and why not."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.docker_engine import DockerEngine as Daemon
from parts.docker_engine import why_not
from parts.docker_registry import DockerRegistry
from programs.cluster_images import push_images
from triton_serving.local_runtime.docker_engine import DockerEngine
from triton_serving.models.work import Stopped, Work
from triton_serving.rules.problems import UserError

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with Daemon(tmp_path_factory.mktemp("engine")) as running:
        yield running


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with DockerRegistry(tmp_path_factory.mktemp("registry")) as registry:
        yield push_images(registry.host)["fetcherImage"]


@pytest.fixture
def engine(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> DockerEngine:
    monkeypatch.setenv("DOCKER_HOST", daemon.host)
    return DockerEngine()


def test_an_engine_says_whether_it_can_give_gpus(engine: DockerEngine):
    facts = engine.facts()
    assert facts.version
    assert not facts.nvidia


def test_an_image_is_got_once_and_its_progress_told(engine: DockerEngine, image: str):
    told: list[str] = []
    assert not engine.has_image(image)
    engine.pull(image, Work(say=told.append))
    assert engine.has_image(image)
    assert any("for-trials/fetcher" in text and "MiB" in text for text in told)
    told.clear()
    tagged = image.replace("@", ":1.2@")  # the digest decides
    assert engine.has_image(tagged)
    engine.pull(tagged, Work(say=told.append))
    assert told == []


def test_an_image_that_is_not_there_is_a_sentence_with_a_way_out(engine: DockerEngine, image: str):
    missing = image[:-8] + "00000000"
    with pytest.raises(UserError, match=r"Docker cannot get it \(.+\); check that the registry has it"):
        engine.pull(missing, Work())


def test_ctrl_c_ends_a_pull(engine: DockerEngine, image: str):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        engine.pull(image[:-8] + "00000000", Work(stop=stop))


def test_how_a_container_ended_and_what_it_said(engine: DockerEngine, daemon: Daemon, image: str):
    engine.pull(image, Work())
    program = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"
    body = {"Image": image, "Entrypoint": ["python", "-c", program], "Labels": {"of": "this test"}}
    made = daemon.ask("POST", "/containers/create", body).decode().split('"')[3]
    engine.start(made)
    daemon.ask("POST", f"/containers/{made}/wait")
    condition = engine.condition(made)
    assert condition is not None
    assert (condition.running, condition.exit_code, condition.restarts) == (False, 3, 0)
    assert sorted(engine.last_lines(made)) == ["one", "two"]
    assert engine.of("of", "this test") == [made]
    engine.remove(made)
    assert engine.condition(made) is None
    assert engine.last_lines(made) == []


def test_who_may_not_use_the_socket_is_told_of_the_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    monkeypatch.setattr("socket.socket.connect", refused)
    with pytest.raises(UserError, match="does not let this user in; add the user to the group docker"):
        DockerEngine().facts()
