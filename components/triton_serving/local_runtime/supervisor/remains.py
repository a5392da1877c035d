"""What units that were killed left: shared memory, temporary files, Envoy's folders."""

import shutil
from contextlib import suppress
from pathlib import Path

from .. import leftovers
from ..deployment import Deployment

SERVING = "deployment.json"
NEXT = "next.json"


def remove_remains(folder: Path) -> None:
    """After all processes of the service have ended."""
    for name in (SERVING, NEXT):
        with suppress(FileNotFoundError, ValueError):
            places = Deployment.from_json((folder / name).read_text()).triton
            if places is not None:
                leftovers.remove(places.shared_memory_prefix, folder / "temporary")
    for name in ("gateway", "temporary"):
        shutil.rmtree(folder / name, ignore_errors=True)
