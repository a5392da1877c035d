"""An operation of the Pulumi CLI: how it is watched and stopped, and how it ended."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

LONGEST = 280.0
"""Seconds after which an operation is taken to hang, which is before its test's time ends. An update waits for a broken
model to end four times, with a minute of pauses: on a machine that is busy beyond measure, that took 140."""
FAREWELL = "grpc: the client connection is closing"
"""What the engine itself says of a hosted component that is still being built when it gives up because of a part."""


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    def fine(self) -> Self:
        assert self.code == 0, self.text
        return self

    def refused(self, *reasons: str) -> Self:
        """For each reason; in words for a person, so without a traceback and the vocabulary of the wire."""
        assert self.code != 0, self.text
        for reason in reasons:
            assert reason in self.text, f"{reason!r} is not told in:\n{self.text}"
        for noise in ("Traceback", "rpc error", "grpc", 'File "/'):
            assert noise not in self.text.replace(FAREWELL, ""), self.text
        return self


class Running:
    """An operation under way, in a process group of its own as in a terminal of its own."""

    def __init__(self, command: list[str | Path], folder: Path, environ: Mapping[str, str], log: Path) -> None:
        self._out, self._err = log.with_suffix(".out"), log.with_suffix(".err")
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=err, process_group=0
            )

    def outcome(self, longest: float = LONGEST) -> Outcome:
        try:
            code = self.process.wait(longest)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {longest:g} s:\n{self._read().text}") from None
        except BaseException:  # the test's own time is over: what goes on would disturb those after it
            self.kill()
            raise
        return self._read(code)

    def until(self, met: Callable[[], object]) -> Self:
        """Waits until a condition holds; fails when the operation ends before."""
        deadline = time.monotonic() + LONGEST
        while not met():
            assert self.process.poll() is None, self._read().text
            assert time.monotonic() < deadline, self._read().text
            time.sleep(0.02)
        return self

    def press_ctrl_c(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def kill(self) -> None:
        """The CLI and all that it started, at once and without a word, as when the machine goes down."""
        family = list(descendants(self.process.pid))
        for process in (self.process.pid, *family):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.wait()

    def _read(self, code: int = -1) -> Outcome:
        return Outcome(code, self._out.read_text(), self._err.read_text())


def descendants(process: int) -> Iterator[int]:
    for child in _children(process):
        yield child
        yield from descendants(child)


def _children(process: int) -> list[int]:
    """Of all its threads; processes and threads may end meanwhile."""
    found = []
    with suppress(OSError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            with suppress(OSError):
                found += (thread / "children").read_text().split()
    return list(map(int, found))
