"""Uploads that were cut, remembered on this machine so that the next run goes on where the registry stands."""

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ..user_folders import cache_home
from .locks import exclusive_if_free

LIFE = 7 * 24 * 3600
"""Seconds a cut upload is remembered; registries of the distribution project drop theirs after a week as well."""


class Unfinished:
    """The remembered address of one blob's upload."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def recall(self) -> str | None:
        if self._file is None:
            return None
        try:
            address = json.loads(self._file.read_bytes())["address"]
        except (OSError, ValueError, KeyError, TypeError):
            return None  # nothing remembered, or a file cut by a full disk: the upload starts anew
        return address if isinstance(address, str) else None

    def keep(self, address: str) -> None:
        if self._file is None:
            return
        fresh = self._file.with_suffix(".new")
        with suppress(OSError):  # a full disk must not end an upload that goes well
            # For its owner only: an upload's address lets whoever knows it go on with the upload.
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
                json.dump({"address": address}, out)
            fresh.replace(self._file)

    def forget(self) -> None:
        if self._file is not None:
            self._file.unlink(missing_ok=True)


@contextmanager
def unfinished(location: str, name: str, digest: str) -> Iterator[Unfinished]:
    """What is remembered of a blob's upload, for one process at a time.

    A second one, and one that cannot write to the cache, remember nothing: cut there, an upload starts anew.
    """
    stem = hashlib.sha256("\n".join((location, name, digest)).encode()).hexdigest()
    with ExitStack() as held:
        yield Unfinished(_own_file(stem, held))


def _own_file(stem: str, held: ExitStack) -> Path | None:
    folder = cache_home() / "uploads"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(folder)
        lock = folder / f"{stem}.lock"
        if not held.enter_context(exclusive_if_free(lock)):
            return None
    except OSError:
        return None
    held.callback(lock.unlink, missing_ok=True)
    return folder / f"{stem}.json"


def _sweep(folder: Path) -> None:
    for file in folder.iterdir():
        try:
            if time.time() - file.stat().st_mtime > LIFE:
                file.unlink()
        except FileNotFoundError:
            pass  # swept by another process
