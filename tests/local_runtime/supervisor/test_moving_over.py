"""From one deployment to the next: what is started, what is kept, and that clients notice nothing."""

import os
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from parts.docker_registry import free_port
from parts.load import Load, eventually
from parts.supervised import CONFIG, SILENT, TIMES, Supervised, programs
from triton_serving.models.work import Stopped, Work
from triton_serving.plan.service import Keys
from triton_serving.rules.problems import UserError

SLOW = TIMES.replace(
    "    def answer", "    def initialize(self, args):\n        import time; time.sleep(120)\n    def answer"
)
SLOW_AND_TOLD = """    def answer(self, x):
        if x[0]:  # the service itself asks it for zeros
            import time
            with open({file!r}, "a", buffering=1) as told:
                print("begun", file=told)
                time.sleep(1)
                print("ended", file=told)
"""
BROKEN = "import no_such_package\n"


@pytest.fixture
def first(service: Supervised) -> Supervised:
    """Serves a model that doubles, whatever the test before has left."""
    service.apply(service.direct(service.times(2)))
    return service


def test_a_deployment_answers_once_it_was_applied(first: Supervised) -> None:
    assert first.infer(21) == 42
    assert first.status().state == "Healthy"
    assert set(first.status().processes) == {"gateway", "triton"}


def test_the_same_deployment_again_starts_nothing(first: Supervised) -> None:
    before = first.status()
    first.apply(first.direct(first.times(2)))
    assert first.status() == before
    assert not [line for line in first.said if line.startswith("starting")]


def test_no_request_fails_while_a_new_model_takes_over(first: Supervised) -> None:
    before = first.status().processes
    with Load(first.infer) as load:
        load.more()
        first.apply(first.direct(first.times(3)))
        load.until(lambda answers: answers[3.0] > 20)
    assert set(load.answers) == {2.0, 3.0}
    after = first.status().processes
    assert after["gateway"] == before["gateway"]
    assert after["triton"] != before["triton"]
    eventually(lambda: before["triton"] not in first.processes(), "the old Triton ends")


def test_the_old_model_has_answered_all_it_was_asked_when_the_new_one_has_taken_over(first: Supervised) -> None:
    told = first.folder / "told"
    slow = TIMES.format(factor=5).replace("    def answer(self, x):\n", SLOW_AND_TOLD.format(file=str(told)))
    first.apply(first.direct(first.model("slow-and-told", slow)))
    with Load(first.infer, senders=1, pause=0) as load:
        load.more(1)
        first.apply(first.direct(first.times(3)))
        lines = told.read_text().split()
        load.until(lambda answers: answers[3.0])
    assert lines == ["begun", "ended"] * load.answers[5.0]
    assert set(load.answers) == {5.0, 3.0}


def test_a_broken_model_never_takes_over_and_the_error_says_why(first: Supervised) -> None:
    before = first.status()
    broken = first.direct(first.model("broken", BROKEN))
    with Load(first.infer) as load:
        load.more()
        with pytest.raises(UserError) as error:
            first.apply(broken)
    assert set(load.answers) == {2.0}
    assert first.status() == before
    assert "no_such_package" in str(error.value)
    assert "'times'" in str(error.value).partition("\n")[0]
    assert "last lines of triton.log" in str(error.value)
    assert f"what served before still does; the logs are in {first.folder / 'logs'}" in str(error.value)
    assert "\x1b" not in str(error.value)
    eventually(lambda: len(first.processes("tritonserver")) == 1, "one Triton")


def test_a_model_that_hangs_while_it_is_loaded_is_named_after_the_deadline(first: Supervised) -> None:
    before = first.status()
    with pytest.raises(UserError, match=r"within 3 s \(startupTimeoutSeconds\): it still waits for times"):
        first.apply(first.direct(first.model("slow", SLOW.format(factor=1)), startup_seconds=3))
    assert first.status() == before
    assert first.infer() == 2


def test_a_model_that_never_answers_is_named_after_the_deadline(first: Supervised) -> None:
    before = first.status()
    with pytest.raises(UserError, match=r"loaded, but model times, version 1 does not answer a first request"):
        first.apply(first.direct(first.model("silent", SILENT), startup_seconds=20))
    assert first.status() == before
    assert first.infer() == 2


def test_the_user_can_stop_a_start(first: Supervised) -> None:
    before = first.status()
    work = Work(say=lambda line: work.stop.set() if line == "starting Triton" else None)
    with pytest.raises(Stopped):
        first.apply(first.direct(first.model("slow", SLOW.format(factor=1))), work)
    assert first.status() == before
    eventually(lambda: len(first.processes("tritonserver")) == 1, "one Triton")


def test_what_a_killed_run_began_is_taken_back(first: Supervised) -> None:
    before = first.status()
    run = first.apply_in_a_process(first.direct(first.model("slow", SLOW.format(factor=1))))
    eventually(lambda: len(first.processes("tritonserver")) == 2, "the new Triton starts")
    first.kill(run)
    os.waitpid(run, 0)
    eventually(lambda: len(first.processes("tritonserver")) == 1, "it ends")
    assert first.status() == before
    assert first.infer() == 2


def test_keys_change_without_a_new_process(first: Supervised) -> None:
    before = first.status()
    keys = Keys("p" * 32, "s" * 32)
    first.apply(first.direct(first.times(2), keys))
    with pytest.raises(AssertionError, match="401"):
        first.infer()
    assert first.status() == before
    secrets = (keys.primary, keys.secondary)
    assert not [line for line in first.processes().values() for key in secrets if key in line]
    assert not [log for log in ("supervisor", "gateway", "triton") for key in secrets if key in first.log(log)]
    assert (first.folder / "deployment.json").stat().st_mode & 0o777 == 0o600
    first.apply(first.direct(first.times(2)))
    assert first.infer() == 2


def test_another_port_is_served_and_the_old_one_given_up(first: Supervised) -> None:
    old, triton = first.port, first.status().processes["triton"]
    first.port = free_port()
    deployment = first.direct(first.times(2))
    first.apply(replace(deployment, triton=replace(deployment.triton, shared_memory_prefix=f"test-other-{old}-")))
    assert first.infer() == 2
    assert first.status().processes["triton"] != triton
    new, first.port = first.port, old
    eventually(lambda: refuses_connections(first), "the old gateway ends")
    first.port = new


def refuses_connections(service: Supervised) -> bool:
    try:
        service.infer()
    except OSError as error:
        return isinstance(error, ConnectionRefusedError)
    return False


def test_a_port_that_is_taken_is_told_and_changes_nothing(
    first: Supervised, make_service: Callable[..., Supervised]
) -> None:
    before = first.status()
    second = make_service()
    second.port = first.port
    with pytest.raises(UserError, match=f"port {first.port} on 127.0.0.1 is taken"):
        second.apply(second.direct(second.times(7)))
    assert not second.processes()
    assert first.status() == before
    assert first.infer() == 2


def test_two_at_once_come_one_after_the_other(first: Supervised) -> None:
    errors: list[BaseException] = []

    def apply(factor: int) -> None:
        try:
            Supervised.apply(first, first.direct(repositories[factor]))
        except BaseException as error:
            errors.append(error)

    repositories = {factor: first.times(factor) for factor in (11, 13)}
    threads = [threading.Thread(target=apply, args=[factor]) for factor in repositories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert first.infer() in (11, 13)
    eventually(lambda: len(first.processes("tritonserver")) == 1, "one Triton")


def test_a_first_deployment_that_fails_leaves_nothing(make_service: Callable[..., Supervised]) -> None:
    service = make_service()
    with pytest.raises(UserError, match="times"):
        service.apply(service.direct(service.model("broken", BROKEN, CONFIG)))
    assert not service.processes()
    assert not service.shared_memory()
    assert {entry.name for entry in service.folder.iterdir()} == {"lock", "logs", "models", "triton"}


def test_another_program_for_the_gateway_takes_over_its_port(first: Supervised) -> None:
    before = first.status().processes
    link = first.folder / "another-envoy"
    link.symlink_to(programs().envoy)
    deployment = first.direct(first.times(2))
    first.apply(deployment)
    first.apply(replace(deployment, gateway=str(link)))
    assert first.infer() == 2
    assert first.status().processes["gateway"] != before["gateway"]
    eventually(lambda: len(first.processes("bootstrap.json")) == 1, "the old gateway ends")
    assert first.infer() == 2


@pytest.mark.skipif(os.getuid() != 0, reason="mounts a small disk")
def test_a_full_disk_is_told_and_changes_nothing(make_service: Callable[..., Supervised], tmp_path: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "small", tmp_path], check=True)
    try:
        service = make_service(tmp_path / "service")
        service.apply(service.direct(service.times(2)))
        next_one = service.direct(service.times(3))
        with (service.folder / "filler").open("wb", buffering=0) as filler, suppress(OSError):
            while True:
                filler.write(bytes(4096))
        with pytest.raises(UserError, match="No space left on device"):
            service.apply(next_one)
        assert service.infer() == 2
        assert service.status().state == "Healthy"
        (service.folder / "filler").unlink()
        service.apply(next_one)
        assert service.infer() == 3
        service.stop()
    finally:
        subprocess.run(["umount", "--lazy", tmp_path], check=True)
