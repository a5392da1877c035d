"""How the server ends: nothing is cut off, and nothing stays."""

import os
import signal
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from parts.raw_http import receive
from parts.scoring_server import DEADLINE, ScoringServer, Serve, is_running, until

SCRIPT = """
import os, pathlib, subprocess, time
FOLDER = pathlib.Path(os.environ["AZUREML_MODEL_DIR"])
def init():
    (FOLDER / f"child.{os.getpid()}").write_text(str(subprocess.Popen(["sleep", "1000"]).pid))
def run(data):
    (FOLDER / "begun").touch()
    while not (FOLDER / "go").exists():
        time.sleep(0.01)
    return "done"
"""


@pytest.fixture
def server(serve: Serve, tmp_path: Path) -> ScoringServer:
    return serve(SCRIPT, "--worker_count=2", f"--model_dir={tmp_path}")


@pytest.fixture
def family(server: ScoringServer, tmp_path: Path) -> list[int]:
    """The workers, and what they started."""
    family = [*server.workers(), *(int(file.read_text()) for file in tmp_path.glob("child.*"))]
    assert len(family) == 4
    assert all(map(is_running, family))
    return family


def test_a_running_request_is_finished_and_no_new_one_taken(
    server: ScoringServer, family: list[int], tmp_path: Path
) -> None:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(server.score, 1)
        until((tmp_path / "begun").exists)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not _listens(server.port))
        assert server.process.poll() is None
        (tmp_path / "go").touch()
        answer = running.result()
    assert (answer.status, answer.json()) == (200, "done")
    assert answer.headers["connection"] == "close"
    assert server.process.wait(DEADLINE) == 0
    until(lambda: not any(map(is_running, family)))  # a killed process is there till Linux comes to it


def test_callers_that_wait_for_their_turn_are_served_before_the_end(server: ScoringServer, tmp_path: Path) -> None:
    with ExitStack() as opened:
        asked = [opened.enter_context(_asking(server.port)) for _ in range(6)]
        until((tmp_path / "begun").exists)
        until(lambda: _has_accepted(server, asked))
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not _listens(server.port))
        (tmp_path / "go").touch()
        assert [receive(one).status for one in asked] == [200] * 6
    assert server.process.wait(DEADLINE) == 0


def test_connections_that_are_kept_for_later_do_not_hold_up_the_end(server: ScoringServer) -> None:
    with (
        socket.create_connection(("127.0.0.1", server.port)) as used,
        socket.create_connection(("127.0.0.1", server.port)) as fresh,
    ):
        used.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert used.recv(1000).startswith(b"HTTP/1.1 200")
        fresh.sendall(b"POST /score HTTP/1.1\r\nHo")
        until(lambda: _has_accepted(server, [used, fresh]))
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(DEADLINE) == 0


def test_who_is_not_done_when_the_longest_run_would_be_is_told_to_come_again(serve: Serve, tmp_path: Path) -> None:
    server = serve(SCRIPT, f"--model_dir={tmp_path}", environment={"SCORING_TIMEOUT_MS": "1000"})
    with ExitStack() as opened:
        slow = opened.enter_context(_asking(server.port, length=9))
        asked = [opened.enter_context(_asking(server.port)) for _ in range(6)]
        until((tmp_path / "begun").exists)
        until(lambda: _has_accepted(server, [slow, *asked]))
        server.process.send_signal(signal.SIGTERM)
        assert receive(slow).status == 503
        assert {receive(one).status for one in asked} == {500, 503}
    assert server.process.wait(DEADLINE) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_an_idle_server_ends_with_0_and_leaves_nothing(
    server: ScoringServer, family: list[int], number: signal.Signals
) -> None:
    server.process.send_signal(number)
    assert server.process.wait(DEADLINE) == 0
    until(lambda: not any(map(is_running, family)))  # a killed process is there till Linux comes to it


def test_told_twice_it_ends_at_once(server: ScoringServer, family: list[int], tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(server.score, 1)
        until((tmp_path / "begun").exists)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: server.process.send_signal(signal.SIGTERM) or server.process.poll() is not None)
        assert server.process.wait(DEADLINE) != 0
        assert running.exception() or running.result().status == 502
    until(lambda: not any(map(is_running, family)))


def test_workers_and_what_they_started_end_when_the_server_is_killed(server: ScoringServer, family: list[int]) -> None:
    server.process.kill()
    server.process.wait()
    until(lambda: not any(map(is_running, family)))


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def _asking(port: int, length: int = 1) -> socket.socket:
    """Has sent its request, which nobody knows of a thread that asks."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
    connection.sendall(b"POST /score HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n1" % length)
    return connection


def _has_accepted(server: ScoringServer, callers: Sequence[socket.socket]) -> bool:
    """Whether the other ends are the server's own, and no longer with Linux till it takes them."""
    links = []
    for entry in os.scandir(f"/proc/{server.process.pid}/fd"):
        try:
            links.append(str(Path(entry.path).readlink()))
        except OSError:
            continue
    inodes = {link[8:-1] for link in links if link.startswith("socket:")}
    rows = [line.split() for line in Path(f"/proc/{server.process.pid}/net/tcp").read_text().splitlines()[1:]]
    accepted = {int(row[2].partition(":")[2], 16) for row in rows if row[9] in inodes}
    return accepted >= {caller.getsockname()[1] for caller in callers}
