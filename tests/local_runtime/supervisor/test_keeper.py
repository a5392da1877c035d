"""The keeper's pause, in a process of its own, before it starts a supervisor again that has died."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parts.load import eventually

PAUSES = """
import signal, sys
from triton_serving.local_runtime.supervisor import keeper
signal.pthread_sigmask(signal.SIG_BLOCK, keeper._BLOCKED)
print("begun", flush=True)
print(keeper._is_asked_within(float(sys.argv[1])), flush=True)
"""


@contextmanager
def pausing(seconds: float) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", PAUSES, str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as keeper:
        try:
            assert keeper.stdout
            assert keeper.stdout.readline() == "begun\n"
            eventually(lambda: state(keeper.pid) in "SZ", "it waits, or has waited")
            yield keeper
        finally:
            keeper.kill()


def state(process: int) -> str:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def test_who_asks_it_to_end_is_heard() -> None:
    with pausing(600) as keeper:
        keeper.terminate()
        assert keeper.communicate()[0] == "True\n"


def test_one_that_is_stopped_for_longer_than_its_pause_was_asked_by_nobody() -> None:
    with pausing(1) as keeper:
        begun = time.monotonic()
        os.kill(keeper.pid, signal.SIGSTOP)
        eventually(lambda: time.monotonic() > begun + 1, "the pause is over")
        os.kill(keeper.pid, signal.SIGCONT)
        assert keeper.communicate()[0] == "False\n"
