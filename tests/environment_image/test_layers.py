"""Layers out of wheels: what is in them, that they are the same everywhere, and who shares one."""

import gzip
import hashlib
import os
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from parts.environment_images import Images
from parts.wheels import make_wheel
from triton_serving.environment_image.layers import MOST_LAYERS, folder, group, package_layer
from triton_serving.environment_image.lock import Locked
from triton_serving.environment_image.packing import small_layer
from triton_serving.models.work import Work

SITE = "opt/environment/lib/python3.11/site-packages"


def layer_of(name: str, wheel_hash: str) -> tuple[bytes, tarfile.TarFile]:
    made = package_layer([Locked(name, "1.0", wheel_hash.removeprefix("sha256:"))], "3.11", Work())
    (file,) = folder().glob("*.tar.gz")
    content = file.read_bytes()
    assert made.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert made.diff == f"sha256:{hashlib.sha256(gzip.decompress(content)).hexdigest()}"
    assert made.size == len(content)
    return content, tarfile.open(fileobj=BytesIO(content))


@pytest.fixture
def wheels(small_environments: Path) -> Path:
    return small_environments.parents[2] / "wheels"


def test_a_layer_holds_the_package_in_its_place_and_nothing_of_this_machine(wheels: Path) -> None:
    content, archive = layer_of("thing", make_wheel(wheels, "thing", "1.0"))
    names = archive.getnames()
    assert f"{SITE}/thing.py" in names
    assert f"{SITE}/thing-1.0.dist-info/METADATA" in names
    assert names == sorted(names)
    assert not [name for name in names if not name.startswith(SITE) or "REQUESTED" in name or name.endswith(".lock")]
    for entry in archive:
        assert (entry.uid, entry.gid, entry.mtime, entry.uname) == (0, 0, 0, "")
        assert entry.mode == (0o755 if entry.isdir() else 0o644)
    assert str(wheels).encode() not in gzip.decompress(content)
    record = archive.extractfile(f"{SITE}/thing-1.0.dist-info/RECORD").read().decode()  # type: ignore[union-attr]
    assert {line.split(",")[0] for line in record.splitlines()} <= {name.removeprefix(f"{SITE}/") for name in names}


def test_programs_in_python_stay_out_and_others_can_be_started(wheels: Path) -> None:
    make_wheel(wheels, "tool", "1.0")
    wheel = wheels / "tool-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("tool-1.0.data/scripts/native", b"\x7fELF")
        archive.writestr("tool-1.0.data/scripts/script", b"#!python\nprint()\n")
        archive.writestr("tool-1.0.dist-info/entry_points.txt", "[console_scripts]\ntool = tool:main\n")
        record = archive.read("tool-1.0.dist-info/RECORD").decode()
    rewritten = wheels / "new.whl"
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(rewritten, "w") as new:
        for name in old.namelist():
            more = "\n".join(f"{one},," for one in old.namelist() if one not in record)
            new.writestr(name, f"{record}\n{more}\n".encode() if name.endswith("/RECORD") else old.read(name))
    rewritten.replace(wheel)
    _, archive = layer_of("tool", hashlib.sha256(wheel.read_bytes()).hexdigest())
    programs = [entry for entry in archive if "/bin/" in entry.name]
    assert [(entry.name, entry.mode) for entry in programs] == [("opt/environment/bin/native", 0o755)]


def test_a_layer_is_made_once_and_again_when_it_was_removed_with_the_same_bytes(
    wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = Locked("thing", "1.0", make_wheel(wheels, "thing", "1.0").removeprefix("sha256:"))
    first = package_layer([package], "3.11", Work())
    (file,) = folder().glob("*.tar.gz")
    file.unlink()
    assert package_layer([package], "3.11", Work()) == first
    monkeypatch.setenv("UV", "/nowhere/uv")
    assert package_layer([package], "3.11", Work()) == first


def test_every_package_has_its_layer_until_there_are_too_many() -> None:
    few = [Locked(f"p{number}", "1", "a" * 64) for number in range(MOST_LAYERS)]
    assert [len(one) for one in group(few)] == [1] * MOST_LAYERS
    many = [Locked(f"p{number}", "1", "a" * 64) for number in range(300)]
    groups = group(many)
    assert len(groups) <= MOST_LAYERS
    assert sorted(package.name for one in groups for package in one) == sorted(package.name for package in many)
    moved = set(group([*many, Locked("q", "1", "a" * 64)])) - set(groups)
    assert len(moved) == 1


def test_small_layers_are_the_same_everywhere() -> None:
    """Written down: a change of it sends every image anew."""
    layer, blob = small_layer("x", b"content" * 100)
    content = b"".join(map(bytes, blob.read(0)))
    assert gzip.decompress(content) == b"content" * 100
    assert content[:10] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    assert layer.digest == "sha256:15161c91901b91e37fab82dfc43051bbb347e0c97891ed562cbc02e64b2bab9e"


def test_old_layers_go_when_nobody_wants_them(images: Images) -> None:
    images.check(pipPackages=["greeting"])
    (old,) = folder().glob("*.tar.gz")
    os.utime(old, (0, 0))
    images.check(pipPackages=["parting"])
    assert not old.exists()
