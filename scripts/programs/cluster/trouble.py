"""Why a cluster does not do what it should, and waiting until it does."""

import time
from collections.abc import Callable

from .place import Place

DEADLINE = 120.0
LOG_LINES = 10


class Trouble(Exception):
    """The text says what is wrong, and where to look."""


def wait(place: Place, met: Callable[[], object], otherwise: str, part: str) -> None:
    """`part` is the one whose log is the first to look into."""
    deadline = time.monotonic() + DEADLINE
    while not met():
        if time.monotonic() > deadline:
            raise Trouble(f"{otherwise}; the end of {part}.log in {place.logs}:\n{_log_end(place, part)}")
        time.sleep(0.05)


def _log_end(place: Place, part: str) -> str:
    try:
        lines = (place.logs / f"{part}.log").read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return "there is no such log"
    return "\n".join(lines[-LOG_LINES:])
