"""Writes to an on-disk registry so that a file appears whole or not at all, and goes on where a killed run ended."""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...rules.problems import UserError
from ..contents import CHUNK
from ..work import Work
from . import Blob
from .locks import exclusive_file


def receive(blob: Blob, part: Path, target: Path, work: Work, sent: Callable[[int], None]) -> None:
    """Fills the part, checks its digest and gives it its place; whoever else sends the same blob waits meanwhile."""
    with told(part), exclusive_file(part, work) as descriptor:
        if has_size(target, blob.size):
            part.unlink()
            return
        left_by_earlier_run = os.fstat(descriptor).st_size
        try:
            digest = _fill(descriptor, blob, work, sent)
            if digest != blob.digest and left_by_earlier_run:
                os.ftruncate(descriptor, 0)
                digest = _fill(descriptor, blob, work, sent)
            if digest != blob.digest:
                part.unlink()
                raise UserError(
                    f"a file changed while it was published (expected {blob.digest}, got {digest}); "
                    f"wait until nothing writes to the folder, then run the same command again"
                )
            _settle(descriptor, part, target)
        except OSError:  # a full disk, say: what could be written is in the way
            part.unlink(missing_ok=True)
            raise


def write_whole(content: bytes, part: Path, target: Path) -> None:
    """A small file; nobody else writes this part."""
    with told(target):
        part.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb", buffering=0) as file:
                _write(file.fileno(), content)
                _settle(file.fileno(), part, target)
        except OSError:
            part.unlink(missing_ok=True)
            raise


def has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turns what the system says into what the user can do."""
    try:
        yield
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; {_way_out(error)}, then run the same command again") from error


def _way_out(error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "free space there, or keep the versions in a folder on a larger disk"
        case errno.EFBIG:
            return "raise the limit on file sizes (ulimit -f), or keep the versions on another filesystem"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "make the folder writable, or keep the versions in another one"
        case _:
            return "check the disk and the folder"


def _fill(descriptor: int, blob: Blob, work: Work, sent: Callable[[int], None]) -> str:
    """Appends what the part lacks; gives the digest of the whole."""
    digest = hashlib.sha256()
    os.lseek(descriptor, 0, os.SEEK_SET)
    buffer, done = memoryview(bytearray(CHUNK)), 0
    while count := os.readv(descriptor, [buffer]):
        work.checkpoint()
        digest.update(buffer[:count])
        done += count
    for chunk in blob.read(done):
        work.checkpoint()
        _write(descriptor, chunk)
        digest.update(chunk)
        sent(len(chunk))
    return f"sha256:{digest.hexdigest()}"


def _write(descriptor: int, content: bytes | memoryview) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _settle(descriptor: int, part: Path, target: Path) -> None:
    """Under its final name only once it is on the disk itself, so that a power cut leaves no half file there."""
    os.fsync(descriptor)
    target.parent.mkdir(parents=True, exist_ok=True)
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
