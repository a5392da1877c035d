import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from parts.blobs import blob, sha256
from parts.disk_images import everything, push
from triton_serving.models.registry import disk
from triton_serving.models.registry.disk import DiskRegistry
from triton_serving.models.work import Work

TESTS = Path(__file__).parents[3]


def test_runs_that_push_and_delete_at_once_lose_nothing(root) -> None:
    program = """
import sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from parts.disk_images import push
from triton_serving.models.registry.disk import DiskRegistry
registry = DiskRegistry(Path(sys.argv[1]))
me = sys.argv[2].encode()
for number in range(10):
    config = b"config %d of " % number + me
    digest = push(registry, f"{sys.argv[2]}-{number}", config, b"shared", b"layer %d" % number)
    if number % 2:
        registry.delete("digits", digest)
"""
    runs = [
        subprocess.Popen([sys.executable, "-c", program, str(root), name, str(TESTS)])
        for name in ("one", "two", "three")
    ]
    assert [run.wait() for run in runs] == [0, 0, 0]
    registry = DiskRegistry(root)
    expected = {f"{name}-{number}" for name in ("one", "two", "three") for number in range(0, 10, 2)}
    assert set(registry.tags("digits")) == expected
    for tag in expected:
        manifest = json.loads(registry.manifest("digits", tag) or b"")
        for needed in (manifest["config"], *manifest["layers"]):
            registry.blob("digits", needed["digest"])
    for tag in expected:
        registry.delete("digits", registry.resolve("digits", tag) or "")
    assert everything(root) == set()


def test_who_looks_while_a_layout_goes_and_comes_again_sees_one_of_them(registry, root, monkeypatch) -> None:
    digest = push(registry, "v1", b"config")
    read = disk._read

    def before_it_goes(path: Path) -> bytes | None:
        content = read(path)
        monkeypatch.setattr(disk, "_read", read)
        DiskRegistry(root).delete("digits", digest)
        monkeypatch.setattr(disk, "_read", before_it_comes)
        return content

    def before_it_comes(path: Path) -> bytes | None:
        content = read(path)
        monkeypatch.setattr(disk, "_read", read)
        push(DiskRegistry(root), "v2", b"config")
        return content

    monkeypatch.setattr(disk, "_read", before_it_goes)
    assert registry.tags("digits") in (["v1"], ["v2"])


def test_runs_that_send_the_same_blob_at_once_write_it_once(registry) -> None:
    content = os.urandom(5_000_000)
    sent: list[int] = []
    threads = [
        threading.Thread(target=registry.put_blob, args=("digits", blob(content), Work(), sent.append))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == len(content)
    assert registry.blob("digits", sha256(content)) == content
