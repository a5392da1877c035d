"""Remembers digests between runs, so that files that stand still are not read again.

A file is taken to be unchanged while its size and stamp stand. Like git with its index, an entry is only kept when
the file had been still for a while before it was read: within one tick of a filesystem's clock a file can change twice
and show the same stamp.
"""

import hashlib
import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .tree import File
from .user_folders import cache_home
from .work import Work

_FORMAT = "triton-serving digests 1"
_STILL_NS = 2_500_000_000
"""How long a file must have been still: the coarsest clock in use, FAT's, ticks every 2 seconds."""


@dataclass(frozen=True)
class Fingerprint:
    entry: str
    """sha256:… of the file's tar entry: path, size and content."""
    layer: str
    """sha256:… of a layer that holds this file alone."""


class DigestCache:
    """The digests of one registered folder. As a context it saves itself at the end, also when work was cut short."""

    def __init__(self, root: Path, work: Work) -> None:
        self._work = work
        self._path = cache_home() / "digests" / f"{hashlib.sha256(os.fsencode(root.absolute())).hexdigest()}.json"
        self._files: dict[str, list[Any]] = {}
        self._layers: dict[str, list[Any]] = {}
        self._used: set[str] = set()
        self._new = False
        self._load()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._forget_unused()
        if self._new:
            self._save()

    def find(self, file: File) -> Fingerprint | None:
        match self._files.get(file.path):
            case [size, stamp, entry, layer] if size == file.size and tuple(stamp) == file.stamp:
                self._used.add(file.path)
                return Fingerprint(entry, layer)
        return None

    def keep(self, file: File, fingerprint: Fingerprint, read_at_ns: int) -> None:
        """`read_at_ns` is the time of day just before the first byte was read."""
        _, _, modified, changed = file.stamp
        if max(modified, changed) > read_at_ns - _STILL_NS:
            return
        self._files[file.path] = [file.size, list(file.stamp), fingerprint.entry, fingerprint.layer]
        self._used.add(file.path)
        self._new = True

    def find_layer(self, key: str) -> tuple[str, int] | None:
        """Digest and size of a layer; the key stands for its entries, so this needs no stamp."""
        match self._layers.get(key):
            case [str(digest), int(size)]:
                self._used.add(key)
                return digest, size
        return None

    def keep_layer(self, key: str, digest: str, size: int) -> None:
        self._layers[key] = [digest, size]
        self._used.add(key)
        self._new = True

    def _forget_unused(self) -> None:
        for entries in (self._files, self._layers):
            for key in entries.keys() - self._used:
                del entries[key]
                self._new = True

    def _load(self) -> None:
        try:
            checksum, _, body = self._path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return
        except OSError as error:
            self._work.say(f"digest cache {self._path} cannot be read ({error.strerror}); reading every file")
            return
        if hashlib.sha256(body).hexdigest().encode() != checksum:
            self._work.say(f"digest cache {self._path} is damaged and will be replaced; reading every file")
            return
        content = json.loads(body)
        if content["format"] == _FORMAT:
            self._files, self._layers = content["files"], content["layers"]

    def _save(self) -> None:
        content = {"format": _FORMAT, "files": self._files, "layers": self._layers}
        body = json.dumps(content, separators=(",", ":")).encode()
        part = self._path.with_suffix(f".{secrets.token_hex(8)}.part")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                part.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
                part.replace(self._path)
            except OSError:
                with suppress(OSError):
                    part.unlink()
                raise
        except OSError as error:
            self._work.say(f"digest cache {self._path} cannot be written ({error.strerror}); the next run reads again")
