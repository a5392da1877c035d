"""Every process of a service may die at any time; the service comes back, or is told to be gone."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from parts.load import Load, eventually
from parts.supervised import ASKS_TRITON, CONFIG, TIMES, Supervised
from triton_serving.local_runtime import supervision


@pytest.fixture(scope="module")
def running(service: Supervised) -> Supervised:
    """A script in front of Triton: all kinds of processes."""
    model = service.model("times-2", TIMES.format(factor=2), CONFIG + "instance_group [{kind: KIND_CPU count: 2}]\n")
    service.apply(service.scoring(model, service.source("asks-triton", ASKS_TRITON)))
    return service


@pytest.fixture(autouse=True)
def well_again(running: Supervised) -> Iterator[None]:
    yield
    eventually(lambda: answers(running) == 2, "it answers again")
    eventually(lambda: running.status().state == "Healthy", "it says that it is well")


def answers(service: Supervised) -> object:
    try:
        return service.score()
    except (OSError, AssertionError) as error:
        return error


@contextmanager
def no_new_triton(service: Supervised) -> Iterator[None]:
    """So that what is seen while there is none can be looked for as long as it takes."""
    program = service.folder / "triton"
    away = program.rename(service.folder / "away")
    try:
        yield
    finally:
        away.rename(program)


@pytest.mark.parametrize("name", ["gateway", "triton", "scoring"])
def test_a_killed_program_is_started_again_on_the_same_port(running: Supervised, name: str) -> None:
    before = running.status().processes
    running.kill(before[name])
    eventually(lambda: running.status().processes.get(name, before[name]) != before[name], name)
    eventually(lambda: running.status().state == "Healthy", "well")
    after = running.status().processes
    assert {kind for kind in after if after[kind] != before[kind]} == {name}


def test_health_is_503_while_triton_is_away(running: Supervised) -> None:
    with no_new_triton(running):
        running.kill(running.status().processes["triton"])
        eventually(lambda: running.healthy("/") == 503, "health tells the truth")
    eventually(lambda: running.healthy("/") == 200, "and again")


@pytest.mark.parametrize("killed", [1, 2])
def test_a_dead_stub_is_noticed_though_triton_says_ready(running: Supervised, killed: int) -> None:
    before = running.status().processes
    stubs = list(running.processes("triton_python_backend_stub"))
    assert len(stubs) == 2
    with no_new_triton(running):
        running.kill(*stubs[:killed])
        eventually(lambda: running.status().state != "Healthy", "noticed")  # Triton may first ask the stub that lives
        assert "Triton" in running.status().reason
    eventually(lambda: running.status().state == "Healthy", "well")
    assert running.status().processes["triton"] != before["triton"]
    assert running.status().processes["scoring"] == before["scoring"]


def test_a_killed_worker_is_replaced(running: Supervised) -> None:
    dispatcher = running.status().processes["scoring"]
    workers = set(running.processes("triton_scoring")) - {dispatcher}
    assert workers
    running.kill(*workers)
    eventually(lambda: answers(running) == 2, "answers")
    assert running.status().processes["scoring"] == dispatcher


def test_no_request_fails_when_the_supervisor_is_killed(running: Supervised) -> None:
    before, killed = running.processes(), running.supervisor()
    with Load(running.score) as load, Load(lambda: running.healthy("/")) as health:
        load.more()
        running.kill(killed)
        eventually(lambda: running.status().state == "Healthy", "well")
        load.more()
        health.more()
    assert set(load.answers) == {2}
    assert set(health.answers) == {200}
    assert set(running.processes()) == set(before) - {killed} | {running.supervisor()}
    assert len(running.shared_memory()) == 2


def test_one_that_does_not_answer_is_told(running: Supervised, monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = running.supervisor()
    os.kill(supervisor, signal.SIGSTOP)
    try:
        monkeypatch.setattr(supervision, "ASK_SECONDS", 0.2)
        status = running.status()
    finally:
        os.kill(supervisor, signal.SIGCONT)
    assert (status.state, status.reason.partition(",")[0]) == ("Transitioning", "its supervisor does not answer")


def test_the_next_supervisor_keeps_what_the_killed_one_started(running: Supervised) -> None:
    before = running.status()
    running.kill(running.supervisor())
    eventually(lambda: running.status() == before, "taken over")
    running.apply(running.scoring("models/times-2/repository", "sources/asks-triton"))
    assert running.status() == before
    first_lines = running.log("triton").count("\n")
    for name, died in (("scoring", "SIGTERM"), ("triton", "SIGKILL")):
        pid = before.processes[name]
        os.kill(pid, signal.Signals[died])
        eventually(lambda name=name: running.status().processes.get(name) not in (None, before.processes[name]), name)
        how = "exit code 0" if died == "SIGTERM" else f"killed by {died}"
        eventually(lambda name=name, pid=pid, how=how: f"process {pid} ended ({how})" in running.log(name), name)
    assert running.log("triton").count("\n") > first_lines


def test_what_died_together_with_the_supervisor_is_started_again_alone(running: Supervised) -> None:
    before = running.status().processes
    running.kill(running.supervisor(), before["triton"])
    eventually(lambda: running.status().processes.get("triton") not in (None, before["triton"]), "a new Triton")
    eventually(lambda: running.status().state == "Healthy", "well")
    after = running.status().processes
    assert {kind for kind in after if after[kind] != before[kind]} == {"triton"}
    assert len(running.processes("triton_python_backend_stub")) == 2
    assert len(running.shared_memory()) == 2  # one of each instance, none of the dead


def test_a_script_that_prints_while_there_is_no_supervisor_loses_no_line(
    make_service: Callable[..., Supervised],
) -> None:
    code = (
        "def init(): pass\ndef run(number):\n    print(f'number {number}', 'x' * 200_000, flush=True)\n    return 1\n"
    )
    service = make_service()
    service.apply(service.script(service.source("prints", code), workers=2))
    os.kill(service.keeper(), signal.SIGSTOP)  # so that there is none for as long as we like
    try:
        service.kill(service.supervisor())
        with Load(lambda: service.score(7), senders=1) as load:
            eventually(lambda: service.healthy("/") == 200, "the gateway answers")
            os.kill(service.keeper(), signal.SIGCONT)
            load.more(3)
    finally:
        os.kill(service.keeper(), signal.SIGCONT)
    assert set(load.answers) == {1}
    eventually(lambda: service.log("scoring").count("number 7") == load.answers[1], "every line")


@pytest.mark.parametrize("spoilt", ['"units": ', '"started": '])
def test_without_a_record_of_its_programs_the_service_is_started_again(running: Supervised, spoilt: str) -> None:
    before = running.status().processes
    serving = running.folder / "deployment.json"
    serving.write_text(serving.read_text().replace(spoilt, spoilt.replace('": ', '-before": ')))
    running.kill(running.supervisor())
    eventually(lambda: running.status().state == "Healthy", "well")
    assert not set(before.values()) & set(running.status().processes.values())
    eventually(lambda: not set(before.values()) & set(running.processes()), "no second set")
    assert len(running.shared_memory()) == 2


def test_without_its_keeper_it_ends_in_good_order_and_can_be_applied_again(running: Supervised) -> None:
    running.kill(running.keeper())
    eventually(lambda: not running.processes(), "all ended")
    assert supervision.status(running.folder) is None
    assert not running.shared_memory()
    running.apply(running.scoring("models/times-2/repository", "sources/asks-triton"))


def test_with_all_its_processes_killed_it_can_be_applied_again(running: Supervised) -> None:
    running.kill(*running.processes())
    eventually(lambda: not running.processes(), "all ended")
    assert supervision.status(running.folder) is None
    running.apply(running.scoring("models/times-2/repository", "sources/asks-triton"))
    assert len(running.shared_memory()) == 2  # one of each instance, none of the dead


def test_orphans_of_a_supervisor_that_was_killed_with_its_keeper_are_gone_after_stop(running: Supervised) -> None:
    running.kill(running.keeper(), running.supervisor())
    eventually(lambda: not running.processes(), "they end by themselves")
    running.stop()
    assert not running.processes()
    assert not running.shared_memory()
    running.apply(running.scoring("models/times-2/repository", "sources/asks-triton"))


def test_one_that_keeps_dying_is_unhealthy_with_the_reason_and_tried_again(
    make_service: Callable[..., Supervised], tmp_path: Path
) -> None:
    allowed = tmp_path / "allowed"
    allowed.touch()
    code = f"import os\nassert os.path.exists({str(allowed)!r})\ndef init(): pass\ndef run(data): return 1\n"
    service = make_service()
    service.apply(service.script(service.source("may-fail", code)))
    allowed.unlink()
    service.kill(service.status().processes["scoring"])
    eventually(lambda: service.status().state == "Unhealthy", "unhealthy")
    assert "the scoring server" in service.status().reason
    assert "\n" not in service.status().reason
    eventually(lambda: service.healthy("/") == 503, "health tells the truth")
    allowed.touch()
    eventually(lambda: service.status().state == "Healthy", "well")
