"""The folder that downloaded and built programs live in, and the lock that lets only one run write there."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .progress import say
from .ways import Unavailable


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    # An XDG variable that is not absolute is to be ignored, says the XDG specification.
    base = Path(environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        base = Path.home() / ".cache"
    return base / "triton-serving" / "toolchain"


@contextmanager
def locked(folder: Path, doing: str = "getting the same programs") -> Iterator[None]:
    """Keeps other runs out of a folder, which is made if need be. Released by the kernel when the process ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise Unavailable(
            f"cannot write to {folder} ({error.strerror}); make it writable or set XDG_CACHE_HOME to a folder that is"
        ) from error
    with lock:
        _take(lock.fileno(), doing)
        yield


@contextmanager
def held(folder: Path, doing: str) -> Iterator[None]:
    """As `locked`, for a folder on a disk of this machine in which nothing must be left."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)
    try:
        _take(lock, doing)
        yield
    finally:
        os.close(lock)


def _take(lock: int, doing: str) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f"waiting for another run that is {doing}")
        fcntl.flock(lock, fcntl.LOCK_EX)
