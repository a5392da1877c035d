"""Log files that never grow without end: `triton.log`, and older parts `triton.log.1`, `triton.log.2`."""

import os
import time
from collections import deque
from itertools import pairwise
from pathlib import Path

_PART_BYTES = 10 * 1024 * 1024
_OLDER_PARTS = 2
_LONGEST_LINE = 64 * 1024
"""A program that writes no line ends is cut here, so that memory stays bounded."""
_LINES_KEPT = 400


class LogFile:
    """Takes whole lines; a full disk costs lines, never the service."""

    def __init__(self, path: Path, *, part_bytes: int = _PART_BYTES) -> None:
        self.path = path
        self._part_bytes = part_bytes
        self._descriptor: int | None = None
        self._size = 0

    def write(self, lines: bytes) -> None:
        try:
            if self._size + len(lines) > self._part_bytes:
                self.close()
                self._begin_new_part()
            if self._descriptor is None:
                self.path.parent.mkdir(mode=0o700, exist_ok=True)
                self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
                self._size = os.fstat(self._descriptor).st_size
            self._size += os.write(self._descriptor, lines)
        except OSError:
            self.close()

    def note(self, text: str) -> None:
        """A line of the supervisor's own, with the time."""
        self.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n".encode(errors="replace"))

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self._size = None, 0

    def _begin_new_part(self) -> None:
        parts = [self.path, *(self.path.with_name(f"{self.path.name}.{number + 1}") for number in range(_OLDER_PARTS))]
        for newer, older in reversed(list(pairwise(parts))):
            if newer.exists():
                newer.replace(older)


class Output:
    """What one program writes, in a file that it shares with those before and after it."""

    def __init__(self, file: LogFile) -> None:
        self.file = file
        self.recent: deque[str] = deque(maxlen=_LINES_KEPT)
        """The last lines of the process that runs now: why it did not become ready."""
        self._unfinished = b""

    def take(self, data: bytes) -> None:
        """In pieces as they come; whole lines go on."""
        *lines, rest = (self._unfinished + data).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        self._unfinished = rest
        if lines:
            self.file.write(b"\n".join(lines) + b"\n")
            self.recent.extend(line[:_LONGEST_LINE].decode(errors="replace") for line in lines[-_LINES_KEPT:])

    def finish(self) -> None:
        """The program has ended: what it began to write is a line too."""
        if self._unfinished:
            self.take(b"\n")
