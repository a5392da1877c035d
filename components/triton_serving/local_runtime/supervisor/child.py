"""One process of a service: started in the service's folder, its output taken into a log, its end noticed at once."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ...plan.processes import INHERITED, Process
from .identity import MARK, kill_marked, mark_of
from .keeper import die_with_parent
from .logs import Output

_KILL_SECONDS = 5.0
"""A killed process that waits for a broken disk or driver stays; nobody waits for it for ever."""
_OUTPUT_SECONDS = 0.5
"""How long the last lines of a process that has ended are waited for."""


class Child:
    """Made by `start`; `ended` has the exit code once it has one."""

    def __init__(self, process: "subprocess.Popen[bytes]", mark: str, output: Output) -> None:
        self.pid = process.pid
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._process = process
        self._mark = mark
        self._output = output
        self._descriptor: int | None = None
        self._code: int | None = None

    @classmethod
    async def start(cls, process: Process, unit: str, output: Output, folder: Path = Path()) -> "Child":
        """Raises `OSError` when the program cannot be started."""
        mark = mark_of(Path(), unit)
        supervisor = os.getpid()
        started = subprocess.Popen(  # noqa: S603 -- the plan's own command
            process.command,
            cwd=folder,
            env=_environment(process.environment, mark),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # From the main thread, which lives as long as the process: the signal comes when the *thread* ends.
            preexec_fn=lambda: die_with_parent(supervisor, signal.SIGTERM),
        )
        child = cls(started, mark, output)
        output.file.note(f"process {child.pid} started: {' '.join(process.command)}")
        await asyncio.get_running_loop().connect_read_pipe(lambda: _Reader(output, child), started.stdout)
        child._watch()
        return child

    async def stop(self, grace: float) -> None:
        """Asks it to end, and ends it after so many seconds."""
        self._send(signal.SIGTERM)
        await asyncio.wait([self.ended], timeout=grace)
        self._send(signal.SIGKILL)
        await asyncio.wait([self.ended], timeout=_KILL_SECONDS)

    def output_ended(self) -> None:
        if self._code is not None and not self.ended.done():
            self.ended.set_result(self._code)

    def _watch(self) -> None:
        self._descriptor = os.pidfd_open(self.pid)
        asyncio.get_running_loop().add_reader(self._descriptor, self._notice_end)

    def _send(self, number: signal.Signals) -> None:
        if self._descriptor is not None:
            signal.pidfd_send_signal(self._descriptor, number)

    def _notice_end(self) -> None:
        assert self._descriptor is not None  # noqa: S101 -- this is its reader
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None
        self._code = self._process.wait()
        kill_marked(self._mark, seconds=1)  # what it started and left behind: Triton's stubs, a script's own processes
        self._output.file.note(f"process {self.pid} ended ({describe_exit(self._code)})")
        loop.call_later(_OUTPUT_SECONDS, self.output_ended)


def describe_exit(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def _environment(given: Mapping[str, str], mark: str) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**inherited, **given, MARK: mark}


class _Reader(asyncio.Protocol):
    def __init__(self, output: Output, child: Child) -> None:
        self._output = output
        self._child = child

    def data_received(self, data: bytes) -> None:
        self._output.take(data)

    def connection_lost(self, _: Exception | None) -> None:
        self._output.finish()
        self._child.output_ended()
