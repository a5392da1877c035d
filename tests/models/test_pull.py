"""What was published comes back as the same files, or not at all. Both homes alike."""

import hashlib
import json
import os
import resource
from pathlib import Path

import pytest
from triton_serving.models.archive import END, directory_header, file_header, padding
from triton_serving.models.check import check_directory
from triton_serving.models.publish import publish
from triton_serving.models.pull import pull
from triton_serving.models.registry import Registry, remote
from triton_serving.models.registry.open import image_config, open_image, open_registry
from triton_serving.models.snapshot import snapshot
from triton_serving.models.work import Stopped, Work
from triton_serving.rules.problems import UserError

from .repository import GOOD, write

LONG = "add/1/" + "/".join(["a-folder-with-quite-a-long-name"] * 5) + "/fürwahr.txt"
STUB = "add/triton_python_backend_stub"
FILES = {
    **GOOD,
    "add/1/weights.bin": os.urandom(5 << 20),
    "add/1/empty": b"",
    "add/nothing": None,
    LONG: "x",
    STUB: "x",
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    root = write(tmp_path / "models", FILES)
    (root / STUB).chmod(0o755)  # Triton runs files of this name
    return root


def push(home: Registry, directory: Path) -> str:
    check = check_directory(directory)
    assert check.problems == ()
    _, image = snapshot(check, Work())
    return home.reference("add", publish(home, "add", image, "0a1b2c3d", 0, Work()).digest)


def taken(reference: str, into: Path, work: Work | None = None) -> Path:
    into.mkdir()
    registry, name, digest = open_image(reference)
    pull(registry, name, digest, into, work or Work())
    return into


def contents(root: Path) -> dict[str, tuple[int, bytes | None]]:
    return {
        str(path.relative_to(root)): (path.stat().st_mode & 0o111, None if path.is_dir() else path.read_bytes())
        for path in root.rglob("*")
    }


def test_the_same_files_come_back(home: Registry, directory: Path, tmp_path: Path) -> None:
    found = taken(push(home, directory), tmp_path / "out")
    assert [path.name for path in found.iterdir()] == ["models"]
    assert contents(found / "models") == contents(directory)


def test_a_large_layer_comes_in_several_requests(
    home: Registry, directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "PIECE", 1 << 20)
    reference = push(home, directory)
    assert contents(taken(reference, tmp_path / "out") / "models") == contents(directory)


def test_progress_is_told(home: Registry, directory: Path, tmp_path: Path) -> None:
    said: list[str] = []
    taken(push(home, directory), tmp_path / "out", Work(said.append))
    assert said[-1] == "taking model files out of the image: 5.3 of 5.3 MB"


def test_the_user_can_stop_it(home: Registry, directory: Path, tmp_path: Path) -> None:
    reference = push(home, directory)
    work = Work(say=lambda _: work.stop.set())
    with pytest.raises(Stopped):
        taken(reference, tmp_path / "out", work)


def test_an_image_that_is_gone_is_told(home: Registry, directory: Path, tmp_path: Path) -> None:
    reference = push(home, directory)
    home.delete("add", reference.rpartition("@")[2])
    assert image_config(reference) is None
    with pytest.raises(UserError, match=r"add@sha256:\w+: there is no such image"):
        taken(reference, tmp_path / "out")


@pytest.mark.parametrize("reference", ["", "digits", "registry.example.com/digits:1", "a@sha256:12"])
def test_a_reference_without_digest_is_refused(reference: str) -> None:
    with pytest.raises(UserError, match="an image is named by its digest"):
        open_image(reference)


@pytest.fixture
def disk(tmp_path: Path) -> Registry:
    return open_registry(f"oci-layout://{tmp_path}/registry")


def blob_of(tmp_path: Path, content: bytes) -> Path:
    (found,) = (
        path for path in (tmp_path / "registry/add/blobs/sha256").iterdir() if path.read_bytes().count(content) == 1
    )
    return found


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("add/1/weights.bin", "models/add/1/weights.bin"),
        ("add/1/model.py", "models/add/1/model.py"),
        ("add/config.pbtxt", "models/add/config.pbtxt"),
    ],
)
@pytest.mark.parametrize("damage", ["flipped", "truncated"])
def test_damage_is_found_and_the_file_named(
    disk: Registry, directory: Path, tmp_path: Path, file: str, told: str, damage: str
) -> None:
    reference = push(disk, directory)
    content = (directory / file).read_bytes()
    blob = blob_of(tmp_path, content)
    whole = blob.read_bytes()
    place = whole.index(content)
    change = {
        "flipped": whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :],
        "truncated": whole[: place + 1],
    }
    blob.write_bytes(change[damage])
    with pytest.raises(UserError, match=rf"^{told}: not what was published, .*{blob.name} is damaged; .*publish"):
        taken(reference, tmp_path / "out")


def test_a_layer_that_is_missing_is_named(disk: Registry, directory: Path, tmp_path: Path) -> None:
    reference = push(disk, directory)
    blob = blob_of(tmp_path, (directory / "add/1/weights.bin").read_bytes())
    blob.unlink()
    with pytest.raises(UserError, match=blob.name):
        taken(reference, tmp_path / "out")


def test_a_disk_that_takes_no_more_is_an_error_of_the_system(disk: Registry, directory: Path, tmp_path: Path) -> None:
    reference = push(disk, directory)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            taken(reference, tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def archive(*files: tuple[str, bytes]) -> bytes:
    return b"".join(file_header(path, len(data)) + data + padding(len(data)) for path, data in files) + END


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def forge(tmp_path: Path, folders: bytes, layer: bytes, listed: str) -> str:
    """An image with true digests all over, made by somebody who means no good."""
    config = json.dumps(
        {
            "author": "triton-serving",
            "rootfs": {"diff_ids": [f"sha256:{sha256(folders)}", f"sha256:{sha256(layer)}"]},
            "history": [{"comment": ""}, {"comment": listed}],
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "config": {"digest": f"sha256:{sha256(config)}", "size": len(config)},
            "layers": [{"digest": f"sha256:{sha256(blob)}", "size": len(blob)} for blob in (folders, layer)],
        }
    ).encode()
    root = tmp_path / "forged/add"
    (root / "blobs/sha256").mkdir(parents=True)
    for blob in (folders, layer, config, manifest):
        (root / "blobs/sha256" / sha256(blob)).write_bytes(blob)
    (root / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (root / "index.json").write_text(json.dumps({"manifests": [{"digest": f"sha256:{sha256(manifest)}"}]}))
    return f"oci-layout://{root}@sha256:{sha256(manifest)}"


FOLDERS = directory_header("models") + END
LINK = file_header("models/a", 0).replace(b"0" + bytes(100), b"2" + b"/etc/passwd".ljust(100, b"\0"))


@pytest.mark.parametrize(
    ("folders", "layer", "listed"),
    [
        (FOLDERS, archive(("../evil", b"x")), "../evil"),
        (FOLDERS, archive(("models/../../evil", b"x")), "models/../../evil"),
        (FOLDERS, archive(("/tmp/evil", b"x")), "/tmp/evil"),
        (directory_header("../evil") + END, archive(("models/a", b"x")), "models/a"),
        (FOLDERS, LINK + END, "models/a"),
        (LINK + END, archive(("models/a", b"x")), "models/a"),
        (FOLDERS, archive(("models/a", b"x"), ("models/b", b"x")), "models/a"),
        (FOLDERS, archive(("models/b", b"x")), "models/a"),
        (b"", archive(("models/a", b"x")), "models/a"),
    ],
    ids=["up", "up inside", "absolute", "folder up", "link", "link for a folder", "one more", "another", "no folders"],
)
def test_nothing_but_what_is_listed_comes_out_of_an_image(
    tmp_path: Path, folders: bytes, layer: bytes, listed: str
) -> None:
    entry = sha256(file_header(listed, 1) + b"x" + padding(1))
    reference = forge(tmp_path, folders, layer, f"{entry} 1 {listed}")
    before = set(tmp_path.rglob("*"))
    with pytest.raises(UserError):
        taken(reference, tmp_path / "out")
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "out")} == before
    assert not any(path.is_symlink() for path in (tmp_path / "out").rglob("*"))
