"""One process of a service: started in the service's folder, its output taken into a log, its end noticed at once."""

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...plan.processes import INHERITED, Process
from .identity import MARK, Identity, kill_marked, mark_of, send_to
from .logs import Output
from .parent import Parent

_KILL_SECONDS = 5.0
"""A killed process that waits for a broken disk or driver stays; nobody waits for it for ever."""
_OUTPUT_SECONDS = 0.5
"""How long the last lines of a process that has ended are waited for."""
_CODE_SECONDS = 10.0
"""How long the keeper is waited for: it tells at once, unless it stands still itself, as on a busy machine."""


class Child:
    """Made by `start` or `adopt`; `ended` has the exit code once it has ended, and None where nobody knows it."""

    def __init__(self, pid: int, mark: str, output: Output, exit_code: "asyncio.Future[int | None]") -> None:
        self.pid = pid
        self.ended: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._mark = mark
        self._output = output
        self._exit_code = exit_code
        self._output_end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._descriptor = _descriptor_of(pid)
        self._tasks: list[asyncio.Task[Any]] = []

    @classmethod
    def start(cls, process: Process, unit: str, output: Output, parent: Parent, folder: Path = Path()) -> "Child":
        """Raises `OSError` when the program cannot be started. Waits for nothing, so that nobody can be stopped between
        the start of a process and the end of this: nobody would know of the process then."""
        mark = mark_of(Path(), unit)
        ours, theirs = _pipe()
        try:
            pid = parent.start(process.command, folder, _environment(process.environment, mark), theirs)
            child = cls(pid, mark, output, parent.exit_code(pid))
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        output.file.note(f"process {pid} started: {' '.join(process.command)}")
        child._watch(ours)
        return child

    @classmethod
    def adopt(cls, identity: Identity, unit: str, output: Output, parent: Parent) -> "Child":
        """One that an earlier supervisor started. Raises `OSError` when it has ended, or its output is out of reach."""
        ours = os.open(f"/proc/{identity.pid}/fd/1", os.O_RDONLY | os.O_NONBLOCK)
        try:
            child = cls(identity.pid, mark_of(Path(), unit), output, parent.exit_code(identity.pid))
            if not identity.is_alive():  # whatever has its number now
                raise ProcessLookupError(identity.pid)
        except BaseException:
            os.close(ours)
            raise
        child._watch(ours)
        return child

    async def stop(self, grace: float) -> None:
        """Asks it to end, and ends it after so many seconds."""
        self._send(signal.SIGTERM)
        await asyncio.wait([self.ended], timeout=grace)
        self._send(signal.SIGKILL)
        await asyncio.wait([self.ended], timeout=_KILL_SECONDS)

    def output_ended(self) -> None:
        self._output_end.set_result(None)

    def _watch(self, output: int) -> None:
        loop = asyncio.get_running_loop()
        reading = loop.connect_read_pipe(lambda: _Reader(self._output, self), os.fdopen(output, "rb", buffering=0))
        self._tasks.append(loop.create_task(reading))
        if self._descriptor is None:
            self._notice_end()
        else:
            loop.add_reader(self._descriptor, self._notice_end)

    def _send(self, number: signal.Signals) -> None:
        if self._descriptor is not None:
            send_to(self._descriptor, number)

    def _notice_end(self) -> None:
        if self._descriptor is not None:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None
        kill_marked(self._mark, seconds=1)  # what it started and left behind: Triton's stubs, a script's own processes
        self._tasks.append(asyncio.create_task(self._finish()))

    async def _finish(self) -> None:
        await asyncio.wait([self._exit_code], timeout=_CODE_SECONDS)
        code = self._exit_code.result() if self._exit_code.done() else None
        self._output.file.note(f"process {self.pid} ended ({describe_exit(code)})")
        await asyncio.wait([self._output_end], timeout=_OUTPUT_SECONDS)
        self.ended.set_result(code)


def describe_exit(code: int | None) -> str:
    if code is None:
        return "nobody knows how"
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def _descriptor_of(pid: int) -> int | None:
    """None for one that has ended already: the keeper, whose child it is, may be quicker than we are."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def _pipe() -> tuple[int, int]:
    """The program's end is open for reading too: so it may write on when its reader dies, and waits once the pipe is
    full until the next reader opens it."""
    ours, theirs = os.pipe()
    try:
        return ours, os.open(f"/proc/self/fd/{theirs}", os.O_RDWR | os.O_CLOEXEC)
    finally:
        os.close(theirs)


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
