"""Which process is meant. Numbers of processes are used again, so none is ever signalled by its number alone."""

import json
import os
import select
import signal
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

MARK = "TRITON_SERVING_SERVICE"
"""In the environment of every process of a service: its folder, and which of its units. Inherited by whatever a model
or a script starts, so that it is found when its parent was killed."""


@dataclass(frozen=True)
class Identity:
    """A process of this machine, as long as it runs: never another one that got its number."""

    pid: int
    started: int
    """In clock ticks after the machine's start."""
    boot: str

    @classmethod
    def of(cls, pid: int) -> Self:
        started = _started(pid)
        if started is None:
            raise ProcessLookupError(pid)
        return cls(pid, started, _boot())

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """None when nobody wrote one, or a full disk cut it short."""
        try:
            return cls(**json.loads(path.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    def is_alive(self) -> bool:
        """Also while it is ending: until its last thread has gone, its ports are its own."""
        if self.boot != _boot() or _started(self.pid) != self.started:
            return False
        with _held(self.pid) as descriptor:
            return descriptor is not None

    def send(self, number: signal.Signals) -> None:
        """Does nothing when it has ended."""
        with _held(self.pid) as descriptor:
            if descriptor is not None and self.is_alive():
                send_to(descriptor, number)

    def wait(self, seconds: float) -> bool:
        """Whether it ended within that time."""
        deadline = time.monotonic() + seconds
        while self.is_alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def send_to(descriptor: int, number: signal.Signals) -> None:
    """Does nothing when the process has ended: it may do so, and its parent notice, at any moment."""
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(descriptor, number)


def mark_of(folder: Path, unit: str = "") -> str:
    """No mark is the beginning of another folder's or unit's: a real path has no double slash in it."""
    return f"{os.path.realpath(folder)}//" + (f"{unit}//" if unit else "")


def kill_marked(mark: str, seconds: float = 5, spared: Collection[str] = ()) -> list[int]:
    """Ends at once every process whose mark begins so, but for this one and those whose mark begins like a spared one.
    Returns when they have ended: one that is killed has no mark any more, and its ports still, until its memory was
    taken back. Says which would not go: a process that waits for a broken disk cannot be killed, and nobody should
    wait for it."""
    deadline = time.monotonic() + seconds
    with ExitStack() as held:
        killed: dict[int, int] = {}  # by their descriptors
        while True:
            found = [pid for pid in _marked(mark) if not any(_has(pid, one) for one in spared)]
            for pid in set(found) - set(killed.values()):
                descriptor = held.enter_context(_held(pid))
                if descriptor is not None and _has(pid, mark):
                    send_to(descriptor, signal.SIGKILL)
                    killed[descriptor] = pid
            for ended in select.select(killed, [], [], 0)[0]:
                del killed[ended]
            if not (found or killed) or time.monotonic() > deadline:
                return list(killed.values())
            time.sleep(0.01)


def _marked(mark: str) -> Iterator[int]:
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and int(entry.name) != os.getpid() and _has(int(entry.name), mark):
            yield int(entry.name)


def _has(pid: int, mark: str) -> bool:
    """A dead process that waits for its parent has no environment left, and so no mark."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    wanted = os.fsencode(f"{MARK}={mark}")
    return environment.startswith(wanted) or b"\0" + wanted in environment


class _held:
    """A process's descriptor: whatever was asked of /proc while it was open was true of that very process."""

    def __init__(self, pid: int) -> None:
        try:
            self._descriptor: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._descriptor = None

    def __enter__(self) -> int | None:
        if self._descriptor is None or select.select([self._descriptor], [], [], 0)[0]:
            return None
        return self._descriptor

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)


def _started(pid: int) -> int | None:
    """None for a process that is not there."""
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(status.rpartition(b")")[2].split()[19])  # the name before it may hold spaces and parentheses


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
