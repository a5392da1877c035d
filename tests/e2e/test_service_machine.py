"""What a service needs of the machine: room, rights, files, a port. What lacks is told, and what served still does."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from parts.asking import ask
from parts.docker_registry import free_port
from parts.engine import ROOT
from parts.operation import Outcome
from parts.services import Service, end_everything_below, running_below

UP = ("up", "--yes", "--skip-preview")
ROOT_ONLY = pytest.mark.skipif(os.getuid() != 0, reason="mounts a small disk")
NO_ROOM = ("unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=1m none /dev/shm && exec "$@"', "sh")
FEW_FILES = ("prlimit", "--nofile=200:200")
NO_RIGHTS = ("setpriv", "--bounding-set", "-net_bind_service", "--inh-caps", "-net_bind_service")
"""As for every user but root."""
PRIVILEGED_PORT = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) - 1
HALF = 2**19
SEVEN = (ROOT / "examples/digits/seven.png").read_bytes()


@ROOT_ONLY
def test_no_room_in_shared_memory_is_told_with_figures_and_the_old_one_serves(service: Service) -> None:
    told = "/dev/shm has 1 MiB free"
    service.start(*UP, wrapper=NO_ROOM).outcome().refused(told, "2 MiB", "--shm-size", "instance_group")
    assert nothing_of(service)
    service.up().fine()
    health = service.outputs()["healthUri"]
    edit_the_model(service)
    fails(service.start(*UP, wrapper=NO_ROOM).outcome(), told)
    assert ask(health)[0] == 200
    service.up().fine()
    assert len(list(service.home.glob("models/*"))) == 1


def test_a_limit_of_open_files_that_is_too_low_is_told_and_leaves_nothing(service: Service) -> None:
    service.start(*UP, wrapper=FEW_FILES).outcome().refused("may open 200 files", "needs 1024", "ulimit -Hn")
    assert nothing_of(service)


@pytest.mark.skipif(PRIVILEGED_PORT < 1, reason="every port is for everybody here")
def test_a_port_that_only_root_may_have_is_told_and_leaves_nothing(service: Service) -> None:
    service.set(port=PRIVILEGED_PORT)
    wrapper = NO_RIGHTS if os.getuid() == 0 else ()
    for operation in (("preview",), UP):
        told = service.start(*operation, wrapper=wrapper).outcome()
        told.refused(f"port {PRIVILEGED_PORT} is below 1024", "from 1024 on")
    assert nothing_of(service)


@ROOT_ONLY
@pytest.mark.parametrize(
    ("room", "way_out"),
    [(0, "free space there"), (3 * HALF, "make room there")],
    ids=["for nothing", "for the version alone"],
)
def test_a_full_disk_is_told_and_the_old_one_serves(service: Service, room: int, way_out: str) -> None:
    with small_disk(service.data):
        service.up().fine()
        health = service.outputs()["healthUri"]
        (service.models / "triton/digits/1/notes.bin").write_bytes(os.urandom(2 * HALF))
        with filled(service.data, room):
            fails(service.up(), "No space left on device", way_out, "run the same command again")
            assert ask(health)[0] == 200
        service.up().fine()
        assert ask(health)[0] == 200
        service.destroy().fine()


def test_two_first_runs_on_one_port_make_one_service_and_tell_the_other(service: Service, tmp_path: Path) -> None:
    port = free_port()
    other = Service(tmp_path / "other").make()
    for each in (service, other):
        each.set(port=port)
    try:
        runs = [each.start(*UP) for each in (service, other)]
        (failed,) = [outcome for outcome in [run.outcome() for run in runs] if outcome.code]
        failed.refused(f"port {port}", "taken")
        assert len(service.processes("tritonserver")) + len(other.processes("tritonserver")) == 1
        assert ask(f"http://localhost:{port}/v2/health/ready")[0] == 200
    finally:
        other.kill_everything()


def test_a_path_with_spaces_and_other_signs_is_a_path(tmp_path: Path) -> None:
    service = Service(tmp_path / "größe 100%41 'x' & $HOME").make()
    try:
        service.set(mode="scoring")
        service.up().fine()
        uri = service.outputs()["scoringUri"]
        assert ask(uri, SEVEN, {"Content-Type": "application/octet-stream"}) == (200, "7 : seven")
        service.preview("--expect-no-changes").fine()
        service.destroy().fine()
        assert not running_below(service.data)
    finally:
        service.kill_everything()


def edit_the_model(service: Service) -> None:
    labels = service.models / "triton/digits/labels.txt"
    labels.write_text(labels.read_text().replace("seven", "SEVEN"))


def fails(outcome: Outcome, *reasons: str) -> None:
    assert outcome.code != 0
    for reason in reasons:
        assert reason in outcome.text, outcome.text


def nothing_of(service: Service) -> bool:
    return not service.processes() and not list(service.data.glob("triton-serving/services/*"))


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "small", folder], check=True)
    try:
        yield
    finally:
        end_everything_below(folder)  # without its disk, nobody finds it any more
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def filled(folder: Path, room: int) -> Iterator[None]:
    """But for so many bytes."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        with suppress(OSError):
            while True:
                file.write(bytes(4096))
        file.truncate(file.tell() - room)
    yield
    filler.unlink()
