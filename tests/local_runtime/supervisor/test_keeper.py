"""The keeper's pause, in a process of its own, before it starts a supervisor again that has died."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.load import eventually

PAUSES = """
import signal
from triton_serving.local_runtime.supervisor import keeper
signal.pthread_sigmask(signal.SIG_BLOCK, keeper._BLOCKED)
print("begun", flush=True)
print(keeper._is_asked_within(1), flush=True)
"""


@pytest.fixture
def keeper() -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen([sys.executable, "-c", PAUSES], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        eventually(lambda: ") S " in Path(f"/proc/{process.pid}/stat").read_text(), "it waits")
        yield process
        process.kill()


def test_who_asks_it_to_end_is_heard(keeper: "subprocess.Popen[str]") -> None:
    keeper.terminate()
    assert keeper.communicate()[0] == "True\n"


def test_one_that_is_stopped_for_longer_than_its_pause_was_asked_by_nobody(keeper: "subprocess.Popen[str]") -> None:
    begun = time.monotonic()
    os.kill(keeper.pid, signal.SIGSTOP)
    eventually(lambda: time.monotonic() > begun + 1, "the pause is over")
    os.kill(keeper.pid, signal.SIGCONT)
    assert keeper.communicate()[0] == "False\n"
