"""The content of an image into a registry: what it lacks, several layers at a time."""

import json
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from .registry import Blob, Registry
from .work import Stopped, Work

WORKERS = 3
"""A registry takes one upload at the speed of one of its cores, as it hashes what arrives. On two cores, the registry's
share included, 1 GiB took 2.4 s with three, 2.6 s with two and 2.9 s with four."""
SHORT = 5.0
"""Seconds uploads get to end decently once the user asked to stop."""


@dataclass(frozen=True)
class Sent:
    layers: int
    bytes: int


def push(registry: Registry, name: str, layers: Iterable[Blob], config: Blob, work: Work) -> Sent:
    """Sends the layers and the config that the registry lacks; nothing of it is visible before a manifest is."""
    different = {layer.digest: layer for layer in layers}  # equal layers travel once
    work.say("asking which layers are there already")
    lacking = _Lacking(registry, name, work)
    lacking.run(different.values())
    sending = _Sending(registry, name, work, lacking.found)
    sending.run(sorted(lacking.found, key=lambda blob: -blob.size))  # a large one begun last would travel alone
    if not registry.has_blob(name, config.digest, config.size):
        registry.put_blob(name, config, work, sending.count)
    return Sent(len(lacking.found), sending.sent)


def is_whole(registry: Registry, name: str, digest: str) -> bool:
    """Whether an image is there with all that its manifest names."""
    manifest = json.loads(registry.manifest(name, digest) or b"{}")
    parts = [*manifest.get("layers", ()), manifest["config"]] if manifest else []
    return bool(parts) and all(registry.has_blob(name, part["digest"], part["size"]) for part in parts)


class _Parallel(ABC):
    """The same step for many blobs on a few threads; the first failure, or the user's wish, ends all."""

    def __init__(self, registry: Registry, name: str, work: Work) -> None:
        self.registry = registry
        self.name = name
        self.lock = threading.Lock()
        self.work = Work(work.say)
        self._outer = work
        self._queue = deque[Blob]()
        self._failures: list[BaseException] = []

    @abstractmethod
    def step(self, blob: Blob) -> None: ...

    def run(self, blobs: Iterable[Blob]) -> None:
        self._queue.extend(blobs)
        # Daemons: one that waits for an answer for minutes must keep neither the user's stop nor the process waiting.
        threads = [threading.Thread(target=self._drain, daemon=True) for _ in range(min(WORKERS, len(self._queue)))]
        for thread in threads:
            thread.start()
        deadline = float("inf")
        for thread in threads:
            while thread.is_alive() and time.monotonic() < deadline:
                thread.join(0.1)
                if self._outer.stop.is_set():
                    self.work.stop.set()
                if self.work.stop.is_set():
                    deadline = min(deadline, time.monotonic() + SHORT)
        for failure in self._failures:
            if not isinstance(failure, Stopped):
                raise failure
        self._outer.checkpoint()

    def _drain(self) -> None:
        try:
            while not self.work.stop.is_set():
                try:
                    blob = self._queue.popleft()
                except IndexError:
                    return
                self.step(blob)
        except BaseException as failure:
            with self.lock:
                self._failures.append(failure)
            self.work.stop.set()


class _Lacking(_Parallel):
    def __init__(self, registry: Registry, name: str, work: Work) -> None:
        super().__init__(registry, name, work)
        self.found: list[Blob] = []

    def step(self, blob: Blob) -> None:
        if not self.registry.has_blob(self.name, blob.digest, blob.size):
            with self.lock:
                self.found.append(blob)


class _Sending(_Parallel):
    def __init__(self, registry: Registry, name: str, work: Work, blobs: list[Blob]) -> None:
        super().__init__(registry, name, work)
        self.sent = 0
        self._layers = len(blobs)
        self._total = sum(blob.size for blob in blobs)
        self._done = 0
        self._there = 0
        """Bytes of finished layers, whether sent now or by an earlier run that was cut."""
        self._under_way: dict[str, int] = {}
        self._told = ""

    def step(self, blob: Blob) -> None:
        def sent(count: int) -> None:
            self.count(count)
            with self.lock:
                # What is sent again after a cut must not make the progress pass the layer's size.
                self._under_way[blob.digest] = min(blob.size, self._under_way.get(blob.digest, 0) + count)
            self._tell()

        self.registry.put_blob(self.name, blob, self.work, sent)
        with self.lock:
            self._under_way.pop(blob.digest, None)
            self._done += 1
            self._there += blob.size
        self._tell()

    def count(self, count: int) -> None:
        with self.lock:
            self.sent += count

    def _tell(self) -> None:
        with self.lock:
            there = self._there + sum(self._under_way.values())
            unit, size = ("GB", 1e9) if self._total >= 1e9 else ("MB", 1e6)
            text = (
                f"pushing {min(self._done + 1, self._layers)} of {self._layers} layers, "
                f"{there / size:.1f} of {self._total / size:.1f} {unit}"
            )
            if text != self._told:
                self._told = text
                self.work.say(text)  # by one at a time: who had counted before another must not speak after it
