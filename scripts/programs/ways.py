"""Several ways lead to a program. They are tried in order, and each that fails says why."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class Unavailable(Exception):
    """This way does not lead to the program on this machine; the text says why."""


class NothingWorked(Exception):
    """No way led to the program; the text says what was tried and what to install."""


@dataclass(frozen=True)
class Way:
    name: str
    get: Callable[[], Path]
    """Gives the program's file, or raises Unavailable."""


def first_that_works(program: str, ways: list[Way], advice: str) -> Path:
    failures = []
    for way in ways:
        try:
            return way.get()
        except Unavailable as reason:
            failures.append(f"  - {way.name}: {reason}")
    tried = "\n".join(failures)
    raise NothingWorked(f"{program} could not be had. What was tried:\n{tried}\n{advice}")
