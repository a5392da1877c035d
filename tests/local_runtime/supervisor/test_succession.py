"""One supervisor after another: of another version, or in the place of one that died while it was asked."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from parts.load import Load, eventually
from parts.supervised import SILENT, Supervised
from triton_serving.local_runtime import supervision
from triton_serving.models.work import Work
from triton_serving.rules.problems import UserError

ASKING = "asking every model for a first answer"
"""Said when the new Triton is up. Whoever wants to do something then needs a model that does not answer: another one
would have answered meanwhile."""

SIGNALLED_LATE = """
import asyncio, os, signal
from triton_serving.local_runtime.supervisor import control

def run(main, run=asyncio.run):
    run(main)
    os.kill(os.getpid(), signal.SIGTERM)

asyncio.run = run
control.run(False, os.getppid(), os.pipe()[0])
"""
"""A supervisor that is told to end a second time when nothing of it is left but its process."""


@pytest.fixture
def first(service: Supervised) -> Supervised:
    """Serves a model that doubles, whatever the test before has left."""
    service.apply(service.direct(service.times(2)))
    return service


def test_a_supervisor_of_another_version_is_replaced_before_it_is_asked(first: Supervised) -> None:
    before, keeper, supervisor = first.status().processes, first.keeper(), first.supervisor()
    (first.folder / "supervisor.code").write_text("of another version")
    with Load(first.infer) as load:
        load.more()
        assert not supervision.apply(first.folder, first.direct(first.times(3)), Work())
        load.until(lambda answers: answers[3.0] > 20)
    assert set(load.answers) == {2.0, 3.0}
    assert first.keeper() == keeper
    assert first.supervisor() != supervisor
    assert not set(before.values()) & set(first.status().processes.values())
    (first.folder / "supervisor.code").write_text("of another version")
    with pytest.raises(UserError, match="what served before still does"):
        first.apply(first.direct(first.model("broken", "import no_such_package\n")))
    assert first.infer() == 3


def test_a_supervisor_of_another_version_that_cannot_leave_its_programs_is_ended(first: Supervised) -> None:
    before, keeper = first.status().processes, first.keeper()
    (first.folder / "supervisor.code").write_text("of another version")
    (first.folder / "control.sock").unlink()  # so that nobody hears what it is asked
    notices = supervision.apply(first.folder, first.direct(first.times(3)), Work())
    assert [notice for notice in notices if "another version of triton-serving" in notice]
    assert first.infer() == 3
    assert first.keeper() != keeper
    assert not set(before.values()) & set(first.processes())


def test_a_supervisor_that_dies_meanwhile_comes_back_with_what_served(first: Supervised) -> None:
    before = first.status()
    work = Work(say=lambda line: first.kill(first.supervisor()) if line == ASKING else None)
    with pytest.raises(UserError, match="the supervisor died meanwhile"):
        first.apply(first.direct(first.model("silent", SILENT)), work)
    eventually(lambda: first.status() == before, "well")
    assert first.infer() == 2
    assert len(first.processes("tritonserver")) == 1
    assert len(first.shared_memory()) == 1
    written = json.loads((first.folder / "deployment.json").read_text())
    assert [entry.name for entry in (first.folder / "temporary").iterdir()] == [
        f"triton-{written['units']['triton']['generation']}"
    ]


@pytest.mark.parametrize("news", ["starting Triton", ASKING])
def test_a_first_deployment_whose_supervisor_dies_leaves_nothing(
    news: str, make_service: Callable[..., Supervised]
) -> None:
    service = make_service()
    work = Work(say=lambda line: service.kill(service.supervisor()) if line == news else None)
    with pytest.raises(UserError, match="the supervisor died meanwhile"):
        service.apply(service.direct(service.model("silent", SILENT)), work)
    assert not service.processes()
    assert not service.shared_memory()
    assert not list((service.folder / "temporary").glob("*"))


def test_after_a_first_run_that_was_killed_its_supervisor_may_be_about_to_end(
    make_service: Callable[..., Supervised],
) -> None:
    service = make_service()
    run = service.apply_in_a_process(service.direct(service.model("silent", SILENT)))
    eventually(lambda: service.processes("tritonserver"), "Triton starts")
    os.kill(service.keeper(), signal.SIGSTOP)  # so that it stays when its supervisor has ended
    service.kill(run)
    os.waitpid(run, 0)
    eventually(lambda: not (service.folder / "control.sock").exists(), "the supervisor ends, as nothing serves")
    service.apply(service.direct(service.times(2)))
    assert service.infer() == 2


def test_one_that_has_ended_is_not_killed_by_one_more_signal(tmp_path: Path) -> None:
    """Its keeper would take it for dead, and start the service again."""
    with subprocess.Popen([sys.executable, "-c", SIGNALLED_LATE], cwd=tmp_path) as supervisor:
        eventually((tmp_path / "control.sock").exists, "it listens")
        supervisor.terminate()
        assert supervisor.wait(60) == 0
