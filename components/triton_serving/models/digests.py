"""Fingerprints of a tree's files, several at once, reading only what changed since the last run."""

import hashlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait

from .archive import END, file_header, padding
from .contents import CHUNK, Contents
from .digest_cache import DigestCache, Fingerprint
from .tree import File, Tree
from .work import Work

Job = Callable[["Progress"], None]


def fingerprints(
    tree: Tree, cache: DigestCache, work: Work, workers: int = os.cpu_count() or 1
) -> dict[str, Fingerprint]:
    """The fingerprint of every file, by path; raises `UserError` when a file changes or vanishes meanwhile."""
    found = {file.path: cache.find(file) for file in tree.files}
    # The largest first: a large file begun last would leave the other workers idle.
    unknown = sorted((file for file in tree.files if found[file.path] is None), key=lambda file: -file.size)

    def job(file: File) -> Job:
        def run(progress: Progress) -> None:
            read_at = time.time_ns()
            found[file.path] = fingerprint = _fingerprint(tree, file, progress)
            cache.keep(file, fingerprint, read_at)

        return run

    run_jobs(map(job, unknown), Progress("reading model files", sum(file.size for file in unknown), work), workers)
    return {path: fingerprint for path, fingerprint in found.items() if fingerprint is not None}


WORTH_TELLING = 1_000_000
"""Bytes; less is read before anybody could read about it, and would be 0.0 MB."""


class Progress:
    """Bytes done by all workers together, told when the text changes; ends the work when the user or a worker does."""

    def __init__(self, task: str, total: int, work: Work) -> None:
        self._task, self._total, self._work = task, total, work
        self._unit, self._name = (1e9, "GB") if total >= 1e9 else (1e6, "MB")
        self._lock = threading.Lock()
        self._done = 0
        self._said = ""
        self.abandoned = threading.Event()

    def add(self, count: int) -> None:
        self._work.checkpoint()
        if self.abandoned.is_set():
            raise Abandoned
        with self._lock:
            self._done += count
            text = f"{self._task}: {self._done / self._unit:.1f} of {self._total / self._unit:.1f} {self._name}"
            if text != self._said and self._total >= WORTH_TELLING:
                self._said = text
                self._work.say(text)


class Abandoned(Exception):
    """Ends a job because another one failed."""


def run_jobs(jobs: Iterable[Job], progress: Progress, workers: int) -> None:
    """Runs all jobs on a few threads (hashing and reading let go of the interpreter); the first failure ends all."""
    queue = deque(jobs)
    threads = min(workers, len(queue))
    if not threads:
        return

    def drain() -> None:
        try:
            while not progress.abandoned.is_set():
                try:
                    job = queue.popleft()
                except IndexError:
                    return
                job(progress)
        except BaseException:
            progress.abandoned.set()
            raise

    with ThreadPoolExecutor(threads, thread_name_prefix="digest") as pool:
        try:
            finished, _ = wait([pool.submit(drain) for _ in range(threads)])
        except BaseException:
            progress.abandoned.set()
            raise
    for failure in (future.exception() for future in finished):
        if failure is not None and not isinstance(failure, Abandoned):
            raise failure


def _fingerprint(tree: Tree, file: File, progress: Progress) -> Fingerprint:
    entry = hashlib.sha256(file_header(file.path, file.size))
    buffer = memoryview(bytearray(min(CHUNK, file.size)))
    with Contents(tree, file) as contents:
        progress.add(0)
        while count := contents.readinto(buffer):
            entry.update(buffer[:count])
            progress.add(count)
    entry.update(padding(file.size))
    layer = entry.copy()
    layer.update(END)
    return Fingerprint(f"sha256:{entry.hexdigest()}", f"sha256:{layer.hexdigest()}")
