"""Reads a file of a tree, and refuses it when it is no longer the file that the tree describes."""

import os
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from ..rules.problems import Problem, UserError
from .registry import FilePart
from .tree import File, Tree

CHUNK = 1 << 20
"""Bytes read at once: from 256 KiB on the speed of hashing no longer rises, and memory stays small."""


class Contents:
    """One open file, read from an offset to its end; its state is compared with the tree's before and after."""

    def __init__(self, tree: Tree, file: File, offset: int = 0) -> None:
        self._file = file
        self._left = file.size - offset
        try:
            # Not waiting for a writer: a pipe may have been put in the file's place meanwhile.
            self._descriptor = os.open(tree.locate(file.path), os.O_RDONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            raise _changed(file, "it is gone") from None
        except OSError as error:
            raise UserError(
                f"{file.path}: cannot be read ({error.strerror}); make it readable and run again"
            ) from error
        try:
            self._check()
            os.lseek(self._descriptor, offset, os.SEEK_SET)
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def readinto(self, buffer: memoryview) -> int:
        """Fills the buffer as far as the file goes; 0 at its end."""
        if not self._left:
            return 0
        try:
            count = os.readv(self._descriptor, [buffer[: self._left]])
        except OSError as error:
            raise UserError(f"{self._file.path}: cannot be read ({error.strerror}); check the disk") from error
        if count == 0:
            raise _changed(self._file, "it became shorter")
        self._left -= count
        if not self._left:
            self._check()
        return count

    def lend(self) -> Iterator[FilePart]:
        """All that is left as one part, for somebody who sends it before asking for the next."""
        if self._left:
            yield FilePart(self._descriptor, self._file.size - self._left, self._left)
            self._check()

    def _check(self) -> None:
        status = os.fstat(self._descriptor)
        if status.st_size != self._file.size:
            raise _changed(self._file, f"its size was {self._file.size} bytes and is {status.st_size}")
        if (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns) != self._file.stamp:
            raise _changed(self._file, "it was written to or replaced")


def _changed(file: File, found: str) -> UserError:
    return UserError(
        str(
            Problem(
                path=file.path,
                line=None,
                message=f"must not change while it is published ({found})",
                remedy="wait until nothing writes to the folder, then run the same command again",
                rule="file-unchanged",
            )
        )
    )
