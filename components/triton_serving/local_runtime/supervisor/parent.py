"""The keeper as the parent of every program: they outlive a supervisor that dies, and end when the keeper does."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .keeper import die_with_parent


class Parent:
    """Whose children programs become, and who tells how they ended: "<number> <exit code>", a line each."""

    def __init__(self, keeper: int, ends: int) -> None:
        self._keeper = keeper
        self._ends = ends
        self._expected: dict[int, asyncio.Future[int | None]] = {}
        asyncio.get_running_loop().add_reader(ends, self._hear)

    def start(self, command: tuple[str, ...], folder: Path, environment: Mapping[str, str], output: int) -> int:
        """Returns the number of the new process. Raises `OSError` when the program cannot be started."""
        told, telling = os.pipe()
        try:
            with subprocess.Popen(  # noqa: S603 -- the plan's own command
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=lambda: _leave_to(self._keeper, telling),
            ):
                pass  # it has already left the program to the keeper
            return int(os.read(told, 20))
        finally:
            os.close(told)
            os.close(telling)

    def exit_code(self, pid: int) -> "asyncio.Future[int | None]":
        """Of a process that the keeper has not told of yet; None when the keeper dies before it has."""
        return self._expected.setdefault(pid, asyncio.get_running_loop().create_future())

    def _hear(self) -> None:
        heard = os.read(self._ends, 65536)  # all that a pipe holds, and so whole lines
        if not heard:
            asyncio.get_running_loop().remove_reader(self._ends)
            for untold in self._expected.values():
                untold.set_result(None)
            self._expected.clear()
        for line in heard.splitlines():
            pid, code = map(int, line.split())
            expected = self._expected.pop(pid, None)
            if expected is not None:
                expected.set_result(code)


def _leave_to(keeper: int, telling: int) -> None:
    """For a process that has just been forked: another one goes on in its place, whom the keeper inherits. Only then
    it says with whom it dies: the signal would come with any parent that it loses, this one too."""
    middle = os.getpid()
    if os.fork():
        os._exit(0)
    os.write(telling, b"%d" % os.getpid())
    while os.getppid() == middle:
        os.sched_yield()
    die_with_parent(keeper, signal.SIGTERM)
