"""What was lost or damaged behind the stack's back is noticed, and made good where the directory still has it."""

import json
import os
from pathlib import Path
from typing import Any

from parts.docker_registry import DockerRegistry
from parts.engine import ModelsProgram

REGISTRY = "triton-serving/registry/digits"


def test_a_version_that_lost_files_is_noticed_by_refresh_and_repaired_by_up(stack: ModelsProgram) -> None:
    stack.up().fine()
    labels = stack.models / "triton/digits/labels.txt"
    labels.write_bytes(b"changed\n")
    stack.up().fine()
    before = stack.outputs()
    layers = manifest(stack)["layers"]
    blob(stack, layers[0]).unlink()
    os.truncate(blob(stack, layers[1]), 100)
    assert "- triton-serving:index:ModelVersion" in stack.refresh().fine().text.replace("  ", " ")
    told = stack.up().fine().text
    assert "version 2 of digits: 2 of 3 layers sent" in told
    assert stack.outputs() == before
    assert all(blob(stack, layer).stat().st_size == layer["size"] for layer in layers)
    stack.preview("--expect-no-changes").fine()
    stack.destroy().fine()
    assert not files(stack.data), "the history was forgotten with the damaged version"


def test_a_layer_that_a_registry_lost_is_sent_again(stack: ModelsProgram, registry: DockerRegistry) -> None:
    stack.declare(registry=f"{registry.url}/team")
    stack.up().fine()
    lost = [path for path in registry.storage.glob("**/blobs/sha256/*/*/data") if path.stat().st_size > 30_000]
    for path in lost:
        path.unlink()
    stack.refresh().fine()
    assert "1 of 3 layers sent" in stack.up().fine().text
    assert all(path.exists() for path in lost)
    os.truncate(lost[0], 100)
    stack.refresh().refused("its storage is damaged, ask its operator")
    stack.destroy().fine()


def test_a_version_that_is_gone_is_noticed_by_a_plain_preview(stack: ModelsProgram) -> None:
    stack.up().fine()
    before = stack.outputs()
    index = stack.data / REGISTRY / "index.json"
    index.unlink()
    assert "has lost version 1; it will be pushed again" in stack.preview().fine().text
    stack.up().fine()
    assert stack.outputs() == before
    stack.preview("--expect-no-changes").fine()

    index.write_bytes(index.read_bytes()[:100])
    for operation in (stack.preview, stack.up, stack.refresh, stack.destroy):
        operation().refused("index.json: not a usable OCI image layout", "remove that folder")
    for path in files(stack.data):
        path.unlink()
    stack.up().fine()
    assert stack.outputs() == before
    stack.destroy().fine()
    assert not files(stack.data)


def test_destroy_works_when_the_versions_are_gone_already(stack: ModelsProgram) -> None:
    stack.up().fine()
    for path in files(stack.data):
        path.unlink()
    stack.destroy().fine()


def test_a_damaged_or_unusable_cache_changes_nothing(stack: ModelsProgram) -> None:
    stack.up().fine()
    caches = files(stack.cache / "triton-serving/digests")
    assert caches
    for cache in caches:
        cache.write_bytes(cache.read_bytes()[:-10] + b"0123456789")
    stack.preview("--expect-no-changes").fine()
    for path in files(stack.cache):
        path.unlink()
    stack.cache.rename(stack.folder / "moved")
    stack.cache.write_text("a file in the folder's place: root may write anywhere else")
    (stack.models / "triton/digits/labels.txt").write_bytes(b"changed\n")
    stack.up().fine()
    assert stack.outputs()["version"] == 2
    stack.destroy().fine()


def test_a_disk_that_is_full_is_told_and_leaves_nothing_visible(stack: ModelsProgram) -> None:
    (stack.models / "triton/digits/1/weights.bin").write_bytes(os.urandom(2_000_000))
    half = ("sh", "-c", 'ulimit -f 2000; exec "$@"', "sh")  # in blocks of 512 bytes
    told = stack.start("up", "--yes", "--skip-preview", wrapper=half).outcome().refused("File too large")
    assert "run the same command again" in told.text
    assert not [path for path in files(stack.data) if path.stat().st_size > 900_000]
    assert not (stack.data / REGISTRY / "index.json").exists()
    stack.up().fine()
    assert stack.outputs()["version"] == 1
    stack.destroy().fine()
    assert not files(stack.data)


def manifest(stack: ModelsProgram) -> dict[str, Any]:
    digest = stack.outputs()["digest"]
    return dict(json.loads(blob(stack, {"digest": digest}).read_bytes()))


def blob(stack: ModelsProgram, descriptor: dict[str, Any]) -> Path:
    return stack.data / REGISTRY / "blobs" / descriptor["digest"].replace(":", "/")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
