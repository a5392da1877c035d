"""Log files that never grow without end: `triton.log`, and older parts `triton.log.1`, `triton.log.2`."""

import time
from collections import deque
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

_PART_BYTES = 10 * 1024 * 1024
_OLDER_PARTS = 2
_LONGEST_LINE = 64 * 1024
"""A program that writes no line ends is cut here, so that memory stays bounded."""
_LINES_KEPT = 400
"""In memory, of the running process, for the reason why it did not become ready."""


class Log:
    def __init__(self, path: Path, *, part_bytes: int = _PART_BYTES) -> None:
        self.path = path
        self.recent: deque[str] = deque(maxlen=_LINES_KEPT)
        self._part_bytes = part_bytes
        self._unfinished = b""
        self._file: BinaryIO | None = None
        self._size = 0

    def take(self, data: bytes) -> None:
        """What a program wrote, in pieces as they come; whole lines go to the file."""
        *lines, rest = (self._unfinished + data).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        self._unfinished = rest
        if lines:
            self._write(b"\n".join(lines) + b"\n")
            self.recent.extend(line[:_LONGEST_LINE].decode(errors="replace") for line in lines[-_LINES_KEPT:])

    def finish_line(self) -> None:
        """The program has ended: what it began to write is a line too."""
        if self._unfinished:
            self.take(b"\n")

    def note(self, text: str) -> None:
        """A line of the supervisor's own, with the time."""
        self.finish_line()
        self._write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n".encode(errors="replace"))

    def _write(self, lines: bytes) -> None:
        """A full disk costs lines of the log, never the service."""
        try:
            if self._file is None:
                self.path.parent.mkdir(exist_ok=True)
                self._file = self.path.open("ab", buffering=0)
                self._size = self._file.tell()
            self._file.write(lines)
            self._size += len(lines)
            if self._size > self._part_bytes:
                self._begin_new_part()
        except OSError:
            self._close()

    def _begin_new_part(self) -> None:
        self._close()
        parts = [self.path, *(self.path.with_name(f"{self.path.name}.{number + 1}") for number in range(_OLDER_PARTS))]
        for newer, older in reversed(list(pairwise(parts))):
            if newer.exists():
                newer.replace(older)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
