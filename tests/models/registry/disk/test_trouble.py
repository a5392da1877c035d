import errno
import os
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.blobs import sha256
from parts.disk_images import everything, manifest_of, push, put
from triton_serving.models.registry.disk import DiskRegistry
from triton_serving.rules.problems import UserError


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file may grow beyond 100,000 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_disk")
def test_a_blob_that_does_not_fit_is_told_and_leaves_nothing(registry, root) -> None:
    content = os.urandom(200_000)
    with pytest.raises(UserError, match=r"File too large; raise the limit"):
        put(registry, content)
    assert not registry.has_blob("digits", sha256(content), len(content))
    assert not any("parts/" in path or "blobs/" in path for path in everything(root))


def test_a_full_disk_is_told_and_leaves_the_versions_there_as_they_are(registry, root, monkeypatch) -> None:
    push(registry, "v1", b"config")
    before = everything(root)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(UserError, match=r"No space left on device; free space there"):
            put(registry, b"layer")
        with pytest.raises(UserError, match=r"No space left on device; free space there"):
            registry.put_manifest("digits", "v2", manifest_of(b"config"))
    assert everything(root) == before
    assert registry.tags("digits") == ["v1"]


@pytest.fixture
def read_only_root() -> Iterator[Path]:
    """A folder that may be read and not written, also when root runs the tests."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        push(DiskRegistry(root), "v1", b"config")
        user = os.geteuid()
        for path in (root, *root.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        if user == 0:
            os.seteuid(65534)
        yield root
        if user == 0:
            os.seteuid(0)
        for path in (root, *root.rglob("*/")):
            path.chmod(0o755)


def test_versions_in_a_read_only_folder_can_be_used_and_pushing_there_is_refused(read_only_root) -> None:
    registry = DiskRegistry(read_only_root)
    digest = registry.resolve("digits", "v1")
    assert digest is not None
    assert registry.manifest("digits", "v1") == manifest_of(b"config")
    for attempt in (
        lambda: put(registry, b"layer"),
        lambda: registry.put_manifest("digits", "v2", manifest_of(b"config")),
        lambda: registry.untag("digits", "v1"),
        lambda: registry.delete("digits", digest),
    ):
        with pytest.raises(UserError, match=r"Permission denied; make the folder writable"):
            attempt()
    assert registry.tags("digits") == ["v1"]
