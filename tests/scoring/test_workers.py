"""A worker that crashes, hangs or is flooded costs its own requests and nothing else."""

import socket
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from parts.scoring_server import DEADLINE, ScoringServer, Serve, is_running, until

SCRIPT = """
import ctypes, os, pathlib, signal, subprocess, sys, threading, time
FOLDER = pathlib.Path(os.environ["AZUREML_MODEL_DIR"])
def init(): pass
def wait_for(name):
    (FOLDER / f"{name}.begun").touch()
    while not (FOLDER / name).exists():
        time.sleep(0.01)
    return name
def run(data):
    return eval(data)
"""
DEATHS = {
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "exits at once": "os._exit(0)",
    "segfault": "ctypes.string_at(0)",
    "out of memory": "__import__('resource').setrlimit(__import__('resource').RLIMIT_AS, (1, 1)) or os.abort()",
    "closes everything": "os.closerange(0, 100)",
}


LIMIT_MS = 2000
"""What run() may take where tests wait for its end: more than a busy machine lets a worker stand still that is well."""
FIVE_STARTS = 3 * DEADLINE
"""Seconds: five workers are started one after the other, with pauses of 3 s in all."""


@pytest.fixture
def start(serve: Serve, tmp_path: Path) -> Callable[..., ScoringServer]:
    def start(workers: int, timeout_ms: int = 60_000, max_wait_ms: int = 0) -> ScoringServer:
        environment = {"SCORING_TIMEOUT_MS": str(timeout_ms), "MAX_REQUEST_WAIT_TIME": str(max_wait_ms)}
        return serve(SCRIPT, f"--worker_count={workers}", f"--model_dir={tmp_path}", environment=environment)

    return start


def python(server: ScoringServer, expression: str) -> tuple[int, object]:
    answer = server.request("POST", "/score", body=expression)
    return answer.status, answer.json()


@pytest.mark.parametrize("death", DEATHS)
def test_a_dying_worker_costs_one_request_and_is_replaced(start: Callable[..., ScoringServer], death: str) -> None:
    server = start(1)
    (before,) = server.workers()
    status, told = python(server, DEATHS[death])
    assert status == 502
    assert "The worker that ran the script" in told["message"]  # type: ignore[index]
    assert python(server, f"os.getpid() != {before}") == (200, True)
    assert not is_running(before)


def test_other_workers_go_on_while_one_dies(start: Callable[..., ScoringServer], tmp_path: Path) -> None:
    server = start(2)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(python, server, "wait_for('go')")
        until((tmp_path / "go.begun").exists)
        assert python(server, "os._exit(1)")[0] == 502
        assert server.is_healthy()
        (tmp_path / "go").touch()
        assert waiting.result() == (200, "go")


def test_a_run_that_takes_too_long_is_ended_and_its_place_is_shown(start: Callable[..., ScoringServer]) -> None:
    server = start(1, timeout_ms=LIMIT_MS)
    (before,) = server.workers()
    assert python(server, "time.sleep(1000)") == (500, {"message": f"Scoring timeout after {LIMIT_MS} ms"})
    until(lambda: not is_running(before))
    server.logged(r'(?s)Fatal Python error: Aborted.*score\.py", line \d+ in run')
    assert python(server, "'next'") == (200, "next")


def test_a_run_that_holds_pythons_lock_is_ended_too(start: Callable[..., ScoringServer]) -> None:
    server = start(1, timeout_ms=LIMIT_MS)
    assert python(server, "ctypes.PyDLL(None).sleep(1000)")[0] == 500
    assert python(server, "'next'") == (200, "next")


def test_no_answer_reaches_another_request(start: Callable[..., ScoringServer]) -> None:
    server = start(2, timeout_ms=LIMIT_MS)
    too_long = 2 * LIMIT_MS / 1000

    def ask(number: int) -> int:
        expression = f"time.sleep({too_long}) or {number}" if number % 100 == 0 else f"{number}"
        status, value = python(server, expression)
        assert status == 500 if number % 100 == 0 else (status, value) == (200, number)
        return status

    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(ask, range(400))) == {200: 396, 500: 4}


def test_health_does_not_wait_for_run(start: Callable[..., ScoringServer], tmp_path: Path) -> None:
    server = start(1)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(python, server, "wait_for('go')")
        until((tmp_path / "go.begun").exists)
        assert server.is_healthy()
        assert server.request("GET", "/swagger.json").status == 200
        (tmp_path / "go").touch()
        assert waiting.result()[0] == 200


def test_callers_over_the_limit_are_sent_away_and_the_others_served(
    start: Callable[..., ScoringServer], tmp_path: Path
) -> None:
    server = start(1)
    first_refusal = threading.Event()

    def ask(_: int) -> int:
        answer = server.request("POST", "/score", body="wait_for('go')")
        if answer.status == 503:
            assert answer.headers["retry-after"] == "1"
            first_refusal.set()
        return answer.status

    with ThreadPoolExecutor(131) as pool:
        asked = [pool.submit(ask, number) for number in range(131)]  # one runs, 128 wait, two are too many
        assert first_refusal.wait(30)
        until(lambda: sum(one.done() for one in asked) == 2)
        (tmp_path / "go").touch()
        assert Counter(one.result() for one in asked) == {200: 129, 503: 2}


def test_a_caller_for_whom_no_worker_is_free_in_time_is_sent_away_unseen(
    start: Callable[..., ScoringServer], tmp_path: Path
) -> None:
    server = start(1, max_wait_ms=200)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(python, server, "wait_for('go')")
        until((tmp_path / "go.begun").exists)
        refused = server.request("POST", "/score", body="wait_for('seen')", headers={"x-ms-client-request-id": "mine"})
        assert (refused.status, refused.json()) == (503, {"message": "No worker was free within 200 ms."})
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["x-ms-run-function-failed"] == "False"
        assert refused.headers["x-ms-client-request-id"] == "mine"
        assert not running.done()
        (tmp_path / "go").touch()
        assert running.result() == (200, "go")  # which took longer than 200 ms: they are for the wait alone
    assert python(server, "'next'") == (200, "next")
    assert not (tmp_path / "seen.begun").exists()


def test_a_caller_who_waits_less_than_the_limit_is_served(start: Callable[..., ScoringServer], tmp_path: Path) -> None:
    server = start(1, max_wait_ms=60_000)
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(python, server, "wait_for('go')")
        until((tmp_path / "go.begun").exists)
        waiting = pool.submit(python, server, "'next'")
        (tmp_path / "go").touch()
        assert (running.result(), waiting.result()) == ((200, "go"), (200, "next"))


def test_what_a_script_changes_stays_in_its_worker(start: Callable[..., ScoringServer]) -> None:
    server = start(1)
    for change in (
        "os.chdir('/')",
        "os.environ.clear()",
        "sys.path.clear()",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN) and None",
        "__import__('socket').setdefaulttimeout(0.001)",
        "setattr(sys, 'stdout', None)",
        "threading.Thread(target=time.sleep, args=(1000,)).start()",
        "sys.stdout and sys.stdout.close()",
    ):
        assert python(server, change)[0] == 200
        assert python(server, "'same'") == (200, "same")


def test_what_a_dead_worker_started_ends_with_it(start: Callable[..., ScoringServer]) -> None:
    server = start(1)
    _, child = python(server, "subprocess.Popen(['sleep', '1000']).pid")
    assert isinstance(child, int)
    assert python(server, "os._exit(1)")[0] == 502
    until(lambda: not is_running(child))


def test_a_script_whose_init_fails_later_on_ends_the_server_in_the_end(serve: Serve, tmp_path: Path) -> None:
    server = serve(
        f"""
        import os, pathlib
        def init():
            if pathlib.Path({str(tmp_path / "broken")!r}).exists():
                raise ValueError("the model has gone")
        def run(data): os._exit(1)
        """
    )
    (tmp_path / "broken").touch()
    assert server.score(1).status == 502
    assert server.process.wait(FIVE_STARTS) == 3
    assert server.errors.read_text().splitlines()[-1].endswith("init() raised ValueError: the model has gone")


def test_a_worker_that_still_works_is_kept_when_the_others_cannot_be_replaced(serve: Serve, tmp_path: Path) -> None:
    server = serve(
        f"""
        import os, pathlib
        BROKEN = pathlib.Path({str(tmp_path / "broken")!r})
        def init():
            if BROKEN.exists():
                raise ValueError("the model has gone")
        def run(data): return os._exit(1) if data == "0" else data
        """,
        "--worker_count=2",
    )
    (tmp_path / "broken").touch()
    assert server.score(0).status == 502
    until(lambda: server.errors.read_text().count("the model has gone") >= 5, FIVE_STARTS)
    assert server.is_healthy()
    assert server.score(1).json() == "1"


def test_health_is_bad_while_no_worker_is_left(serve: Serve, tmp_path: Path) -> None:
    server = serve(
        f"""
        import os, pathlib, time
        def init():
            while pathlib.Path({str(tmp_path / "hold")!r}).exists():
                time.sleep(0.01)
        def run(data): os._exit(1)
        """
    )
    (tmp_path / "hold").touch()
    assert server.score(1).status == 502
    assert server.request("GET", "/").status == 503
    (tmp_path / "hold").unlink()
    until(server.is_healthy)


def test_a_caller_that_hangs_up_leaves_nothing_behind(start: Callable[..., ScoringServer], tmp_path: Path) -> None:
    server = start(1)
    files = _open_files(server)
    body = b"wait_for('go')"
    head = b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
    for sent in (head + body, head, head[:20]) * 10:
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(sent)
    until((tmp_path / "go.begun").exists)
    (tmp_path / "go").touch()
    assert python(server, "'next'") == (200, "next")
    until(lambda: _open_files(server) <= files + 1)  # the connection that this test keeps


def _open_files(server: ScoringServer) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
