"""A cluster's namespaces, seen from this machine: made, found by their first process, and ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ..pins import ROOT
from . import groups, network
from .place import Place, Settings
from .requirements import NAMESPACES
from .trouble import DEADLINE, Trouble, wait

MACHINE = f"{__package__}.machine"


def first_process(place: Place) -> int | None:
    """The process table knows best: no file says it that may be wrong or gone."""
    called = _called(place)
    return next((number for number, words in _processes(place) if words[1:] == called), None)


def make(place: Place, settings: Settings) -> None:
    """Starts the first process in them, and connects them to this machine."""
    groups.make(place.group)
    command = ["unshare", *NAMESPACES, "--kill-child=KILL", sys.executable, *_called(place)]
    environ = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    with (place.logs / "machine.log").open("w") as log:
        started = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environ, cwd="/", start_new_session=True
        )
    wait(place, lambda: first_process(place) or started.poll() is not None, "no first process", "machine")
    process = first_process(place)
    if not process or not started.stdin:
        raise Trouble(f"the namespaces cannot be made: {(place.logs / 'machine.log').read_text()}")
    network.connect(place, settings.addresses, process)
    with started.stdin as orders:
        orders.write(b"connected\n")


def end(place: Place) -> None:
    """And all that runs in them."""
    if process := first_process(place):
        os.kill(process, signal.SIGKILL)  # the kernel ends all that is in the namespace first
    network.disconnect(place)
    deadline = time.monotonic() + DEADLINE
    while left := [number for number, _ in _processes(place)]:  # `unshare` ends when all in the namespace have
        if time.monotonic() > deadline:
            raise Trouble(f"the processes {left} do not end")
        time.sleep(0.02)
    groups.remove(place.group)


def _called(place: Place) -> list[str]:
    return ["-m", MACHINE, str(place.folder)]


def _processes(place: Place) -> Iterator[tuple[int, list[str]]]:
    """Those on this machine whose command line ends as the first process' does."""
    called = _called(place)
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (words := _words(entry / "cmdline"))[-len(called) :] == called:
            yield int(entry.name), words


def _words(cmdline: Path) -> list[str]:
    try:
        return cmdline.read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return []
