"""What units that nobody stopped left: processes, shared memory, temporary files, Envoy's folders."""

import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from .. import leftovers
from ..deployment import Deployment
from .identity import kill_marked, mark_of

SERVING = "deployment.json"
NEXT = "next.json"
SUPERVISOR = "supervisor"
"""In the mark of the supervisor and its keeper, where others have the name of their unit."""


def remove_remains(folder: Path) -> None:
    """After all processes of the service have ended."""
    for prefix in _shared_memory_prefixes(folder):
        leftovers.remove(prefix, folder / "temporary")
    for name in ("gateway", "temporary"):
        shutil.rmtree(folder / name, ignore_errors=True)


def end_all_but(units: Collection[str]) -> None:
    """For a supervisor that takes over in this folder: ends every other unit, and removes what it left."""
    kill_marked(mark_of(Path()), spared=[mark_of(Path(), name) for name in (SUPERVISOR, *units)])
    if not units:
        remove_remains(Path())
    for temporary in Path("temporary").glob("*"):
        if temporary.name not in units:
            for prefix in _shared_memory_prefixes(Path()):
                leftovers.remove(f"{prefix}{temporary.name.rpartition('-')[2]}-", temporary)
    for gateway in Path("gateway").glob("*"):
        if f"gateway-{gateway.name}" not in units:
            shutil.rmtree(gateway, ignore_errors=True)


def _shared_memory_prefixes(folder: Path) -> Iterator[str]:
    for name in (SERVING, NEXT):
        with suppress(FileNotFoundError, ValueError):
            places = Deployment.from_json((folder / name).read_text()).triton
            if places is not None:
                yield places.shared_memory_prefix
