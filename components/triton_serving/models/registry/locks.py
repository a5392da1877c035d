"""Locks between processes, on files that may be removed while somebody waits for them."""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from ..work import Work


def exclusive(path: Path) -> AbstractContextManager[None]:
    return _waited_for(path, fcntl.LOCK_EX)


def shared(path: Path) -> AbstractContextManager[None]:
    return _waited_for(path, fcntl.LOCK_SH)


@contextmanager
def exclusive_if_free(path: Path) -> Iterator[bool]:
    """Does not wait: says whether it has the lock."""
    try:
        descriptor = _lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
        return
    try:
        yield True
    finally:
        os.close(descriptor)


@contextmanager
def exclusive_file(path: Path, work: Work) -> Iterator[int]:
    """The locked file itself, open; another process may need it for long, so the user can stop the waiting."""
    while True:
        try:
            descriptor = _lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            work.checkpoint()
            time.sleep(0.1)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _waited_for(path: Path, mode: int) -> Iterator[None]:
    descriptor = _lock(path, mode)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(path: Path, mode: int) -> int:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except FileNotFoundError:  # its folder was removed in between
            continue
        except FileExistsError:  # or while mkdir looked whether what it met is a folder
            with suppress(FileNotFoundError):
                if not stat.S_ISDIR(path.parent.lstat().st_mode):
                    raise
            continue
        try:
            fcntl.flock(descriptor, mode)
            if _is_still_at(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_still_at(path: Path, descriptor: int) -> bool:
    """False when the file was removed or renamed before the lock was had: such a lock keeps nobody out."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
