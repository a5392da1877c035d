import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from parts.triton import installation

from . import triton
from .corpus.case import MODEL, Case, add
from .triton import start

ROOT = Path(__file__).parents[2]


def _repository(folder: Path, model: str = MODEL) -> Path:
    Case("one model", add(model=model)).write(folder / "models")
    return folder / "models"


def _running(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _shared_memory(port: int) -> list[Path]:
    return list(Path("/dev/shm").glob(f"triton_judge_{port}_*"))


def _eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 60
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    return holds()


def test_a_stopped_server_leaves_no_process_and_no_shared_memory(tmp_path: Path) -> None:
    with start(installation(), _repository(tmp_path), tmp_path / "scratch") as server:
        assert server.settle() == "ready"
        assert _shared_memory(server.port)
    assert _eventually(lambda: not _running(server.process.pid))
    assert _shared_memory(server.port) == []


def test_a_server_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    program = f"""
import time
from pathlib import Path
from tests.judge.triton import start
from tests.parts.triton import installation
with start(installation(), Path({str(_repository(tmp_path))!r}), Path({str(tmp_path / "scratch")!r})) as server:
    assert server.settle() == "ready"
    print(server.process.pid, server.port, flush=True)
    time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        group, port = map(int, starter.stdout.readline().split())
        starter.send_signal(signal.SIGKILL)
    assert _eventually(lambda: not _running(group))
    assert _eventually(lambda: _shared_memory(port) == [])


def test_a_model_that_computes_while_it_loads_is_not_taken_for_a_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(triton, "IDLE_SECONDS", 3.0)  # Triton itself may pause for a second on a busy machine
    busy = "import time\nend = time.process_time() + 6\nwhile time.process_time() < end:\n    pass\n" + MODEL
    with start(installation(), _repository(tmp_path, busy), tmp_path / "scratch") as server:
        assert server.settle() == "ready"


def test_a_model_that_waits_for_ever_is_a_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triton, "IDLE_SECONDS", 1.0)
    waits = "import threading\nthreading.Event().wait()\n" + MODEL
    with start(installation(), _repository(tmp_path, waits), tmp_path / "scratch") as server:
        assert server.settle() == "hung"
