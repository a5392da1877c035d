import errno
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from triton_serving.models.digest_cache import DigestCache
from triton_serving.models.digests import fingerprints
from triton_serving.models.image import build_image
from triton_serving.models.registry import Blob
from triton_serving.models.registry.disk import DiskRegistry
from triton_serving.models.work import Stopped, Work
from triton_serving.rules.problems import UserError

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


def nobody(_: int) -> None:
    """Takes no interest in how many bytes were sent."""


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def blob_of(content: bytes, step: int = 1 << 20) -> Blob:
    def read(offset: int) -> Iterator[bytes]:
        for start in range(offset, len(content), step):
            yield content[start : start + step]

    return Blob(digest_of(content), len(content), read)


def manifest_of(*contents: bytes) -> bytes:
    def described(content: bytes) -> dict[str, object]:
        return {"mediaType": "application/octet-stream", "digest": digest_of(content), "size": len(content)}

    config, *layers = contents
    content = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": described(config),
        "layers": [described(layer) for layer in layers],
    }
    return json.dumps(content).encode()


def put(registry: DiskRegistry, content: bytes) -> int:
    """Sends a blob; gives the number of bytes that travelled."""
    sent: list[int] = []
    registry.put_blob("digits", blob_of(content), Work(), sent.append)
    return sum(sent)


def push(registry: DiskRegistry, tag: str, *contents: bytes) -> str:
    with registry.pushing("digits"):
        for content in contents:
            put(registry, content)
        manifest = manifest_of(*contents)
        registry.put_manifest("digits", tag, manifest)
    return digest_of(manifest)


def blobs(registry_root: Path) -> set[str]:
    return {f"sha256:{path.name}" for path in (registry_root / "digits" / "blobs" / "sha256").iterdir()}


def everything(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "registry"


@pytest.fixture
def registry(root: Path) -> DiskRegistry:
    return DiskRegistry(root)


def test_locations_and_references_are_what_users_and_tools_write(registry, root) -> None:
    digest = digest_of(b"")
    assert registry.location == f"oci-layout://{root}"
    assert registry.reference("digits", digest) == f"oci-layout://{root}/digits@{digest}"


def test_looking_leaves_no_trace(registry, root) -> None:
    digest = digest_of(b"")
    assert registry.tags("digits") == []
    assert registry.resolve("digits", "v1") is None
    assert registry.manifest("digits", digest) is None
    assert not registry.has_blob("digits", digest, 0)
    registry.untag("digits", "v1")
    registry.delete("digits", digest)
    assert not root.exists()


def test_what_lies_on_the_disk_is_a_standard_layout(registry, root) -> None:
    digest = push(registry, "v1", b"config", b"layer")
    folder = root / "digits"
    assert json.loads((folder / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}
    manifest = manifest_of(b"config", b"layer")
    assert json.loads((folder / "index.json").read_bytes()) == {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            {
                "mediaType": MANIFEST_TYPE,
                "digest": digest,
                "size": len(manifest),
                "annotations": {"org.opencontainers.image.ref.name": "v1"},
            }
        ],
    }
    assert blobs(root) == {digest, digest_of(b"config"), digest_of(b"layer")}


@pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not installed")
def test_skopeo_copies_an_image_that_a_kubelet_could_mount(root, plant, tmp_path) -> None:

    tree = plant({"models/digits/1/model.bin": b"x" * (5 << 20), "models/digits/config.pbtxt": b""})
    with DigestCache(tree.root, Work()) as cache:
        image = build_image(tree, fingerprints(tree, cache, Work()), {"digits": [1]}, cache, Work())
    registry = DiskRegistry(root)
    for blob in image.blobs():
        registry.put_blob("digits", blob, Work(), nobody)
    registry.put_manifest("digits", "v1", image.manifest)
    source = f"oci:{root}/digits:v1"
    inspected = json.loads(subprocess.run(["skopeo", "inspect", source], check=True, capture_output=True).stdout)
    assert (inspected["Digest"], inspected["Architecture"], inspected["Os"]) == (image.digest, "amd64", "linux")
    copy = ["skopeo", "--insecure-policy", "copy", "--preserve-digests", source, f"oci:{tmp_path}/copy:v1"]
    subprocess.run(copy, check=True, capture_output=True)
    assert DiskRegistry(tmp_path).manifest("copy", "v1") == image.manifest


def test_an_image_is_found_by_tag_and_by_digest(registry) -> None:
    digest = push(registry, "v1", b"config", b"layer")
    assert registry.tags("digits") == ["v1"]
    assert registry.resolve("digits", "v1") == registry.resolve("digits", digest) == digest
    assert registry.manifest("digits", "v1") == registry.manifest("digits", digest) == manifest_of(b"config", b"layer")
    assert registry.blob("digits", digest_of(b"config")) == b"config"
    assert registry.has_blob("digits", digest_of(b"layer"), 5)
    assert not registry.has_blob("digits", digest_of(b"layer"), 6)


def test_pushing_again_sends_nothing(registry, root) -> None:
    push(registry, "v1", b"config", b"layer")
    before = everything(root)
    assert put(registry, b"layer") == 0
    push(registry, "v1", b"config", b"layer")
    assert everything(root) == before
    assert registry.tags("digits") == ["v1"]


def test_a_tag_that_moves_leaves_the_other_image_under_its_digest(registry) -> None:
    old, new = push(registry, "latest", b"config", b"old"), push(registry, "latest", b"config", b"new")
    assert registry.resolve("digits", "latest") == new
    assert registry.manifest("digits", old) == manifest_of(b"config", b"old")


def test_an_image_put_under_its_digest_alone_has_no_tag_until_it_gets_one(registry, root) -> None:
    manifest = manifest_of(b"config")
    digest = digest_of(manifest)
    put(registry, b"config")
    registry.put_manifest("digits", digest, manifest)
    assert (registry.tags("digits"), registry.resolve("digits", digest)) == ([], digest)
    registry.put_manifest("digits", "v1", manifest)
    registry.put_manifest("digits", digest, manifest)
    assert len(json.loads((root / "digits" / "index.json").read_bytes())["manifests"]) == 1


def test_removing_a_tag_removes_nothing_else(registry, root) -> None:
    digest = push(registry, "v1", b"config", b"layer")
    push(registry, "hold", b"config", b"layer")
    for tag, left in (("v1", ["hold"]), ("v1", ["hold"]), ("hold", [])):
        registry.untag("digits", tag)
        assert registry.tags("digits") == left
        assert len(json.loads((root / "digits" / "index.json").read_bytes())["manifests"]) == 1
    assert registry.manifest("digits", digest) == manifest_of(b"config", b"layer")
    assert registry.has_blob("digits", digest_of(b"layer"), 5)


def test_deleting_takes_all_tags_and_what_no_other_image_needs(registry, root) -> None:
    old = push(registry, "v1", b"config 1", b"shared", b"only old")
    push(registry, "also-v1", b"config 1", b"shared", b"only old")
    new = push(registry, "v2", b"config 2", b"shared")
    registry.delete("digits", old)
    registry.delete("digits", old)
    assert registry.tags("digits") == ["v2"]
    assert blobs(root) == {new, digest_of(b"config 2"), digest_of(b"shared")}


def test_deleting_the_last_image_takes_the_folder_and_no_other_name(registry, root) -> None:
    digest = push(registry, "v1", b"config")
    registry.put_blob("other", blob_of(b"config"), Work(), nobody)
    registry.put_manifest("other", "v1", manifest_of(b"config"))
    registry.delete("digits", digest)
    assert [path.name for path in root.iterdir()] == ["other"]
    assert registry.tags("other") == ["v1"]


def test_a_file_of_somebody_else_in_the_folder_stays(registry, root) -> None:
    digest = push(registry, "v1", b"config")
    (root / "digits" / "README").write_text("mine")
    registry.delete("digits", digest)
    assert everything(root) == {"digits", "digits/README"}


def test_deleting_spares_what_a_push_elsewhere_has_sent_so_far(registry, root) -> None:
    old = push(registry, "v1", b"config", b"shared")
    pushing = DiskRegistry(root)
    with pushing.pushing("digits"):
        assert pushing.has_blob("digits", digest_of(b"shared"), 6)
        put(pushing, b"config 2")
        registry.delete("digits", old)
        assert registry.tags("digits") == []
        pushing.put_manifest("digits", "v2", manifest_of(b"config 2", b"shared"))
    assert registry.tags("digits") == ["v2"]
    assert digest_of(b"config") not in blobs(root)  # what the delete spared, the end of the push removed


def test_an_image_that_lacks_a_part_never_becomes_visible(registry) -> None:
    put(registry, b"config")
    with pytest.raises(UserError, match=r"a part of the image is missing.*run the same command again"):
        registry.put_manifest("digits", "v1", manifest_of(b"config", b"never sent"))
    assert registry.tags("digits") == []


def test_a_manifest_under_another_digest_is_refused(registry) -> None:
    with pytest.raises(UserError, match="another digest"):
        registry.put_manifest("digits", digest_of(b"other"), manifest_of(b"config"))


def test_content_that_no_longer_has_its_digest_is_refused_and_leaves_nothing(registry, root) -> None:
    changed = Blob(digest_of(b"as it was"), 9, lambda offset: iter([b"as it is "[offset:]]))
    with pytest.raises(UserError, match="changed while it was published"):
        registry.put_blob("digits", changed, Work(), nobody)
    assert not registry.has_blob("digits", changed.digest, 9)
    assert not any("parts/" in path or "blobs/" in path for path in everything(root))


@pytest.mark.parametrize("name", ["", "..", "../digits", "a/b", "/etc", "Digits", ".digits", "a b", "dígits", "a\n"])
def test_names_that_are_no_repository_names_are_refused(registry, root, name) -> None:
    with pytest.raises(UserError, match="choose another name"):
        registry.put_blob(name, blob_of(b"x"), Work(), nobody)
    assert not root.exists()


@pytest.mark.parametrize("digest", ["sha256:../../x", "sha512:" + "0" * 128, "sha256:" + "A" * 64, ""])
def test_digests_that_are_none_are_refused(registry, digest) -> None:
    with pytest.raises(UserError, match="64 hexadecimal digits"):
        registry.blob("digits", digest)


# Cut short


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
        registry.put_blob("digits", blob_of(content, 1000), Work(stop=stop), sent)


@pytest.mark.parametrize("percent", [10, 50, 99])
def test_a_stopped_push_is_not_visible_and_goes_on_where_it_ended(registry, root, percent) -> None:
    content = os.urandom(100_000)
    cut_off(registry, content, percent * 1000)
    assert not registry.has_blob("digits", digest_of(content), len(content))
    assert put(registry, content) == (100 - percent) * 1000
    assert registry.blob("digits", digest_of(content)) == content
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
    assert registry.blob("digits", digest_of(content)) == content


@pytest.mark.parametrize("left", [b"wrong", b"x" * 200_000], ids=["other bytes", "too long"])
def test_what_a_killed_push_left_damaged_is_sent_anew(registry, root, left) -> None:
    content = os.urandom(100_000)
    part = root / "digits" / ".parts" / digest_of(content).removeprefix("sha256:")
    part.parent.mkdir(parents=True)
    part.write_bytes(left)
    put(registry, content)
    assert registry.blob("digits", digest_of(content)) == content


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
            DiskRegistry(root).put_blob("digits", blob_of(content), Work(stop=stop), nobody)
        yield content[offset:]

    registry.put_blob("digits", Blob(digest_of(content), len(content), read), Work(), nobody)
    assert registry.blob("digits", digest_of(content)) == content


# Together


def test_runs_that_push_and_delete_at_once_lose_nothing(root) -> None:
    program = """
import sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from test_disk import push
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
        subprocess.Popen([sys.executable, "-c", program, str(root), name, str(Path(__file__).parent)])
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


def test_runs_that_send_the_same_blob_at_once_write_it_once(registry) -> None:
    content = os.urandom(5_000_000)
    sent: list[int] = []
    threads = [
        threading.Thread(target=registry.put_blob, args=("digits", blob_of(content), Work(), sent.append))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == len(content)
    assert registry.blob("digits", digest_of(content)) == content


# Trouble with the disk


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
    assert not registry.has_blob("digits", digest_of(content), len(content))
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


# Damage


@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"[]",
        b"{}",
        b"{",
        b"\xff",
        b'{"manifests":{}}',
        b'{"manifests":[1]}',
        b'{"manifests":[{"digest":"x"}]}',
        b'{"manifests":[{"digest":"sha256:%s","annotations":1}]}' % (b"0" * 64),
    ],
    ids=range(9),
)
def test_a_damaged_index_is_named_and_not_written_over(registry, root, index) -> None:
    digest = push(registry, "v1", b"config")
    path = root / "digits" / "index.json"
    path.write_bytes(index)
    for attempt in (
        lambda: registry.tags("digits"),
        lambda: registry.put_manifest("digits", "v2", manifest_of(b"config")),
        lambda: registry.untag("digits", "v1"),
        lambda: registry.delete("digits", digest),
    ):
        with pytest.raises(UserError, match=r"index.json: not a usable OCI image layout .*; restore"):
            attempt()
    assert path.read_bytes() == index
    assert digest in blobs(root)


@pytest.mark.parametrize("version", [None, b"", b'{"imageLayoutVersion":"2.0.0"}', b"[]"])
def test_another_layout_version_is_named(registry, root, version) -> None:
    push(registry, "v1", b"config")
    path = root / "digits" / "oci-layout"
    path.unlink()
    if version is not None:
        path.write_bytes(version)
    with pytest.raises(UserError, match=r"oci-layout: not a usable OCI image layout .*; restore"):
        registry.tags("digits")


@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_a_damaged_blob_is_named_and_sending_it_again_restores_it(registry, root, damage) -> None:
    digest = push(registry, "v1", b"config", b"layer")
    for damaged, look in ((digest, lambda: registry.manifest("digits", "v1")),
                          (digest_of(b"config"), lambda: registry.blob("digits", digest_of(b"config")))):  # fmt: skip
        path = root / "digits" / "blobs" / "sha256" / damaged.removeprefix("sha256:")
        content = path.read_bytes()
        path.unlink()
        if damage != "remove":
            path.write_bytes(content[:-1] + {"flip": b"?", "cut": b""}[damage])
        with pytest.raises(UserError, match=rf"{path.name}: damaged .*; remove this file and publish"):
            look()
        path.unlink(missing_ok=True)
        push(registry, "v1", b"config", b"layer")
        look()


def test_a_cut_blob_counts_as_missing_and_is_sent_again(registry, root) -> None:
    push(registry, "v1", b"config", b"layer")
    path = root / "digits" / "blobs" / "sha256" / digest_of(b"layer").removeprefix("sha256:")
    path.write_bytes(b"lay")
    assert not registry.has_blob("digits", digest_of(b"layer"), 5)
    assert put(registry, b"layer") == 5
    assert path.read_bytes() == b"layer"


def test_nothing_is_cleared_up_while_a_damaged_manifest_hides_what_it_needs(registry, root) -> None:
    damaged, other = push(registry, "v1", b"config 1", b"layer"), push(registry, "v2", b"config 2", b"layer")
    (root / "digits" / "blobs" / "sha256" / damaged.removeprefix("sha256:")).write_bytes(b"{}")
    with pytest.raises(UserError, match=r"damaged"):
        registry.delete("digits", other)
    assert registry.tags("digits") == ["v1"]
    assert {digest_of(b"config 1"), digest_of(b"layer")} < blobs(root)
    registry.delete("digits", damaged)
    assert everything(root) == set()
