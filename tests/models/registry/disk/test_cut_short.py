import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from parts.blobs import blob, sha256
from parts.disk_images import everything, nobody, push, put
from triton_serving.models.registry import Blob
from triton_serving.models.registry.disk import DiskRegistry
from triton_serving.models.work import Stopped, Work


def cut_off(registry: DiskRegistry, content: bytes, after: int) -> None:
    """A push that the user stops once so many bytes are there."""
    stop = threading.Event()
    there = 0

    def sent(count: int) -> None:
        nonlocal there
        there += count
        if there >= after:
            stop.set()

    with pytest.raises(Stopped):
        registry.put_blob("digits", blob(content, 1000), Work(stop=stop), sent)


@pytest.mark.parametrize("percent", [10, 50, 99])
def test_a_stopped_push_is_not_visible_and_goes_on_where_it_ended(registry, root, percent) -> None:
    content = os.urandom(100_000)
    cut_off(registry, content, percent * 1000)
    assert not registry.has_blob("digits", sha256(content), len(content))
    assert put(registry, content) == (100 - percent) * 1000
    assert registry.blob("digits", sha256(content)) == content
    assert not list((root / "digits" / ".parts").iterdir())


def test_a_killed_push_goes_on_where_it_ended(registry, root, tmp_path) -> None:
    content = os.urandom(3_000_000)
    (tmp_path / "content").write_bytes(content)
    program = """
import hashlib, sys, time
from pathlib import Path
from triton_serving.models.registry import Blob
from triton_serving.models.registry.disk import DiskRegistry
from triton_serving.models.work import Work
content = Path(sys.argv[2]).read_bytes()
def read(offset):
    yield content[:1_000_000]
    print("now", flush=True)
    time.sleep(600)
registry = DiskRegistry(Path(sys.argv[1]))
with registry.pushing("digits"):
    blob = Blob("sha256:" + hashlib.sha256(content).hexdigest(), len(content), read)
    registry.put_blob("digits", blob, Work(), lambda count: None)
"""
    run = subprocess.Popen(
        [sys.executable, "-c", program, str(root), str(tmp_path / "content")], stdout=subprocess.PIPE
    )
    assert run.stdout is not None
    assert run.stdout.readline() == b"now\n"
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    assert registry.tags("digits") == []
    assert put(registry, content) == 2_000_000
    assert registry.blob("digits", sha256(content)) == content


@pytest.mark.parametrize("left", [b"wrong", b"x" * 200_000], ids=["other bytes", "too long"])
def test_what_a_killed_push_left_damaged_is_sent_anew(registry, root, left) -> None:
    content = os.urandom(100_000)
    part = root / "digits" / ".parts" / sha256(content).removeprefix("sha256:")
    part.parent.mkdir(parents=True)
    part.write_bytes(left)
    put(registry, content)
    assert registry.blob("digits", sha256(content)) == content


def test_what_a_killed_push_left_goes_with_the_next_clearing_up(registry, root) -> None:
    digest = push(registry, "v1", b"config")
    cut_off(registry, os.urandom(100_000), 50_000)
    put(registry, b"never part of an image")
    registry.delete("digits", digest)
    assert everything(root) == set()


def test_who_waits_for_another_push_of_the_same_blob_can_be_stopped(registry, root) -> None:
    content = os.urandom(100_000)
    stop = threading.Event()
    stop.set()

    def read(offset: int) -> Iterator[bytes]:
        with pytest.raises(Stopped):
            DiskRegistry(root).put_blob("digits", blob(content), Work(stop=stop), nobody)
        yield content[offset:]

    registry.put_blob("digits", Blob(sha256(content), len(content), read), Work(), nobody)
    assert registry.blob("digits", sha256(content)) == content
