"""What is left of a service after its end: nothing. And what may be in its way: odd folders, neighbours, limits."""

import os
import resource
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from parts.load import eventually
from parts.supervised import Supervised
from triton_serving.local_runtime import supervision
from triton_serving.rules.problems import UserError

IMPATIENT = ["SIGTERM", "SIGINT", "SIGHUP"] * 300
"""Some of them interrupt the handler of the one before."""
ODD = "a b $HOME `id` 'q' \"d\" ünï;&"


@pytest.fixture(scope="module")
def first(make_service: Callable[..., Supervised], tmp_path_factory: pytest.TempPathFactory) -> Supervised:
    """In a folder with an odd name, whose path is longer than that of a socket may be."""
    service = make_service(tmp_path_factory.mktemp(ODD) / ("long" * 25))
    service.apply(service.direct(service.times(2)))
    return service


def test_any_folder_does(first: Supervised) -> None:
    assert first.infer() == 2
    assert len(bytes(first.folder)) > 108
    assert first.status().state == "Healthy"


def test_all_of_it_listens_on_loopback_alone(first: Supervised) -> None:
    mine = {str(link.readlink()) for pid in first.processes() for link in _descriptors(pid)}
    sockets = [
        line.split() for kind in ("tcp", "tcp6") for line in Path("/proc/net", kind).read_text().splitlines()[1:]
    ]
    addresses = {one[1].partition(":")[0] for one in sockets if one[3] == "0A" and f"socket:[{one[9]}]" in mine}
    assert addresses == {"0100007F", "0000000000000000FFFF00000100007F"}  # 127.0.0.1, as IPv4 and as gRPC writes it


def test_its_processes_get_the_environment_of_the_plan_alone(first: Supervised) -> None:
    for pid in set(first.status().processes.values()):
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"PYTEST_CURRENT_TEST" not in environment


def test_all_but_triton_takes_less_than_150_mb(first: Supervised) -> None:
    others = {first.keeper(), first.supervisor(), first.status().processes["gateway"]}
    status = [Path(f"/proc/{pid}/status").read_text() for pid in others]
    assert sum(int(text.partition("VmRSS:")[2].split()[0]) for text in status) < 150_000


def test_two_services_side_by_side_know_nothing_of_each_other(
    first: Supervised, make_service: Callable[..., Supervised]
) -> None:
    second = make_service()
    second.apply(second.direct(second.times(5)))
    assert (first.infer(), second.infer()) == (2, 5)
    second.stop()
    assert not second.processes()
    assert first.infer() == 2
    assert first.status().state == "Healthy"


def test_after_a_restart_of_the_machine_nobody_runs_it(first: Supervised) -> None:
    identity = first.folder / "supervisor.json"
    written = identity.read_text()
    identity.write_text(written.replace('"boot": "', '"boot": "another '))
    assert supervision.status(first.folder) is None
    identity.write_text(written)


def test_another_process_with_the_keepers_number_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "supervisor.json").write_text(f'{{"pid": {os.getpid()}, "started": 1, "boot": "1"}}')
    assert supervision.status(folder) is None
    supervision.stop(folder)
    assert not (folder / "supervisor.json").exists()


def test_a_first_deployment_under_too_low_a_file_limit_is_refused_with_figures(
    make_service: Callable[..., Supervised], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_service()
    popen = subprocess.Popen

    def poor(*arguments: object, **options: object) -> object:
        limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))  # noqa: E731
        return popen(*arguments, **options, preexec_fn=limit)  # type: ignore[call-overload]

    monkeypatch.setattr(supervision.subprocess, "Popen", poor)
    with pytest.raises(UserError, match="may open 200 files, and the service needs 1024"):
        service.apply(service.direct(service.times(1)))
    assert not service.processes()


def test_stop_leaves_nothing_and_may_be_asked_for_twice(first: Supervised) -> None:
    with socket.create_connection(("127.0.0.1", first.port)):  # a client that keeps its connection
        first.infer()
        first.stop()
    assert not first.processes()
    assert not first.shared_memory()
    left = {entry.name for entry in first.folder.iterdir()}
    assert left == {"lock", "logs", "models", "triton", "deployment.json"}
    with socket.socket() as mine:
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        mine.bind(("127.0.0.1", first.port))
    assert supervision.status(first.folder) is None
    first.stop()


@pytest.mark.parametrize("whom", [Supervised.keeper, Supervised.supervisor], ids=["keeper", "supervisor"])
@pytest.mark.parametrize(
    "signals", [["SIGTERM"], ["SIGINT"], ["SIGHUP"], IMPATIENT], ids=lambda all_: f"{all_[-1]}x{len(all_)}"
)
def test_a_signal_ends_it_in_good_order_and_leaves_nothing(
    make_service: Callable[..., Supervised], whom: Callable[[Supervised], int], signals: list[str]
) -> None:
    service = make_service()
    service.apply(service.direct(service.times(2)))
    pid = whom(service)
    for each in signals:
        with suppress(ProcessLookupError):  # it may be quick
            os.kill(pid, signal.Signals[each])
    with suppress(AssertionError):
        eventually(lambda: not service.processes(), "all ended")
    assert not service.processes(), service.log("supervisor")
    assert not service.shared_memory()
    assert not list(service.folder.glob("temporary/*"))
    assert not [path for path in service.folder.rglob("*") if path.is_socket()]
    assert supervision.status(service.folder) is None


def test_stop_of_a_service_that_never_was_does_nothing(tmp_path: Path) -> None:
    supervision.stop(tmp_path / "none")
    assert supervision.status(tmp_path / "none") is None
    assert not (tmp_path / "none").exists()


def _descriptors(pid: int) -> list[Path]:
    try:
        return [link for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    except OSError:
        return []
