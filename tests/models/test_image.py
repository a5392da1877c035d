import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from triton_serving.models.digest_cache import DigestCache
from triton_serving.models.digests import fingerprints
from triton_serving.models.image import Image, build_image, inventory
from triton_serving.models.image_config import labels, read_inventory, read_models, read_needs
from triton_serving.models.needs import Input, ModelNeeds, Needs
from triton_serving.models.tree import Tree, read_tree
from triton_serving.models.work import Work
from triton_serving.rules.problems import UserError

SMALL = {
    "models/digits/config.pbtxt": b'backend: "onnxruntime"\n',
    "models/digits/1/model.onnx": b"weights of one",
    "models/digits/2/model.onnx": b"weights of two",
    "models/digits/2/" + "long-name-" * 12 + ".bin": b"beyond a hundred characters",
    "models/größe/1/model.py": b"class TritonPythonModel: ...\n",
}
MODELS = {"digits": [1, 2], "größe": [1]}
NEEDS = Needs(
    "models",
    (
        ModelNeeds("digits", (1, 2), "onnxruntime", asks_for_gpu=False, instances=1),
        ModelNeeds("größe", (1,), "python", True, 2, (Input("x", "FP32", (-1, 4)),)),
    ),
)
LABELS = labels(MODELS, NEEDS)


def build(tree: Tree, workers: int = 2) -> Image:
    with DigestCache(tree.root, Work()) as cache:
        return build_image(tree, fingerprints(tree, cache, Work(), workers), LABELS, cache, Work(), workers)


def content(blob) -> bytes:
    return b"".join(bytes(chunk) for chunk in blob.read(0))


def test_a_known_tree_has_a_known_digest(plant) -> None:
    """Another digest here means that every user's models are published, pulled and rolled out anew: an upgrade note."""
    image = build(plant(SMALL))
    assert image.digest == "sha256:382c25dc7deac2190631d725b00e75428fa67059f75f6b7ab94f40a14e8fb67a"


def test_order_owner_mode_and_times_do_not_change_the_digest_and_one_byte_does(plant, tmp_path) -> None:
    expected = build(plant(SMALL)).digest
    other = tmp_path / "elsewhere"
    for path, text in reversed(SMALL.items()):
        place = other / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text)
        place.chmod(0o777)
        os.utime(place, ns=(0, 1_000_000_000))
        if os.geteuid() == 0:
            os.chown(place, 1234, 1234)
    for folder in other.rglob("*/"):
        os.utime(folder, ns=(0, 1))
    assert build(read_tree(other / "models")[0]).digest == expected
    (other / "models/digits/2/model.onnx").write_bytes(b"weights of twO")
    assert build(read_tree(other / "models")[0]).digest != expected


def test_an_empty_folder_is_part_of_the_image(plant) -> None:
    tree = plant(SMALL)
    (tree.root / "ensemble" / "1").mkdir(parents=True)
    with_ensemble = build(read_tree(tree.root)[0])
    assert with_ensemble.digest != build(tree).digest
    with tarfile.open(fileobj=io.BytesIO(content(with_ensemble.layers[0].blob()))) as archive:
        assert "models/ensemble/1" in archive.getnames()


def test_manifest_and_config_describe_exactly_these_blobs(plant) -> None:
    image = build(plant(SMALL | {"models/digits/1/large.bin": os.urandom(5 << 20)}))
    manifest = json.loads(image.manifest)
    assert image.digest == f"sha256:{hashlib.sha256(image.manifest).hexdigest()}"
    assert [layer["digest"] for layer in manifest["layers"]] == [layer.digest for layer in image.layers]
    assert manifest["config"]["digest"] == image.config.digest
    for blob, said in zip(image.blobs(), [*manifest["layers"], manifest["config"]], strict=True):
        text = content(blob)
        assert (len(text), f"sha256:{hashlib.sha256(text).hexdigest()}") == (said["size"], said["digest"])
    config = json.loads(content(image.config))
    assert config["rootfs"] == {"type": "layers", "diff_ids": [layer.digest for layer in image.layers]}
    assert len(config["history"]) == len(image.layers)
    assert (config["os"], config["architecture"]) == ("linux", "amd64")


def test_layers_unpacked_over_each_other_are_the_model_directory(plant, tmp_path) -> None:
    files = SMALL | {"models/digits/1/large.bin": os.urandom(5 << 20)}
    image = build(plant(files))
    for layer in image.layers:
        subprocess.run(["tar", "x"], input=content(layer.blob()), cwd=tmp_path, check=True)
    unpacked = {str(path.relative_to(tmp_path)): path.read_bytes() for path in (tmp_path / "models").rglob("*.*")}
    assert unpacked == files


@pytest.mark.parametrize("changed", ["models/digits/2/model.onnx", "models/digits/1/large.bin"])
def test_one_changed_file_changes_one_layer(plant, changed) -> None:
    files = SMALL | {"models/digits/1/large.bin": b"x" * (5 << 20), "models/digits/1/other.bin": b"y" * (5 << 20)}
    before = build(plant(files))
    after = build(plant(files | {changed: b"z" * len(files[changed])}))
    assert len(before.layers) == len(after.layers)
    assert len({layer.digest for layer in after.layers} - {layer.digest for layer in before.layers}) == 1


def test_the_files_can_be_told_from_the_config_alone(plant) -> None:
    tree = plant(SMALL | {"models/digits/1/large.bin": b"x" * (5 << 20)})
    with DigestCache(tree.root, Work()) as cache:
        found = fingerprints(tree, cache, Work())
        image = build_image(tree, found, LABELS, cache, Work())
    listed = read_inventory(content(image.config))
    assert listed == inventory(tree, found)
    assert listed["models/digits/1/model.onnx"] == (14, found["models/digits/1/model.onnx"].entry)


def test_the_models_can_be_told_from_the_config_alone(plant) -> None:
    assert read_models(content(build(plant(SMALL)).config)) == MODELS


def test_what_the_models_need_can_be_told_from_the_config_alone(plant) -> None:
    assert read_needs(content(build(plant(SMALL)).config)) == NEEDS


@pytest.mark.parametrize("read", [read_inventory, read_models, read_needs])
@pytest.mark.parametrize(
    "config",
    [
        b"",
        b"null",
        b"{}",
        b'{"author":"triton-serving"}',
        b'{"author":"somebody","history":[]}',
        b'{"author":"triton-serving","history":[{"comment":"two words"}],"config":{"Labels":[]}}',
        b'{"author":"triton-serving","history":[{"comment":1}],"config":{"Labels":{"triton-serving.models":"1"}}}',
        b"\xff",
    ],
)
def test_an_image_of_somebody_else_is_told_apart(read, config) -> None:
    with pytest.raises(UserError, match="not published by triton-serving"):
        read(config)


@pytest.mark.usefixtures("much_later")
def test_layers_of_several_files_are_not_packed_again_while_their_files_stand_still(plant) -> None:
    tree = plant(SMALL)
    first = build(tree)
    tree.locate("models/digits/2/model.onnx").write_bytes(b"")
    assert build(tree).digest == first.digest


def test_a_layer_can_be_read_from_any_offset(plant) -> None:
    image = build(plant(SMALL | {"models/digits/1/large.bin": os.urandom((4 << 20) + 77)}))
    for layer in image.layers:
        blob = layer.blob()
        whole = content(blob)
        steps = {0, 1, 511, 512, 513, 600, 1023, 1024, 2000, len(whole) // 2, 1 << 20, (1 << 20) + 1, len(whole) - 1}
        for offset in sorted(step for step in steps | {len(whole)} if step <= len(whole)):
            assert b"".join(bytes(chunk) for chunk in blob.read(offset)) == whole[offset:]


def test_chunks_are_about_a_mebibyte_even_of_many_small_files(plant) -> None:
    image = build(plant({f"models/a/1/{number:04}": bytes(1000) for number in range(2000)}))
    sizes = [len(chunk) for chunk in image.layers[1].blob().read(0)]
    assert set(sizes[:-1]) == {1 << 20}


@pytest.mark.parametrize("when", ["before", "during"])
def test_a_file_that_changes_before_its_layer_is_sent_is_refused_by_name(plant, when) -> None:
    tree = plant({"models/a/1/model.bin": bytes(5 << 20)})
    layer = build(tree).layers[1]
    chunks = layer.blob().read(0)
    if when == "during":
        next(chunks)
    with tree.locate("models/a/1/model.bin").open("r+b") as file:
        file.write(b"late")
    with pytest.raises(UserError, match=r"^models/a/1/model.bin: must not change"):
        list(chunks)


def test_memory_stays_flat_however_large_a_file_is(tmp_path: Path) -> None:
    """Peak memory of a process that hashes and streams a gigabyte, less that of one that does a few bytes."""
    program = """
import resource, sys
from pathlib import Path
from triton_serving.models.digest_cache import DigestCache
from triton_serving.models.digests import fingerprints
from triton_serving.models.image import build_image
from triton_serving.models.tree import read_tree
from triton_serving.models.work import Work
tree, _ = read_tree(Path(sys.argv[1]))
with DigestCache(tree.root, Work()) as cache:
    image = build_image(tree, fingerprints(tree, cache, Work(), 2), {}, cache, Work(), 2)
for layer in image.layers:
    for chunk in layer.blob().read(0): pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    peaks = []
    for size in (1000, 64 << 20):
        folder = tmp_path / str(size) / "models" / "a" / "1"
        folder.mkdir(parents=True)
        for name in ("x", "y"):
            with (folder / name).open("wb") as file:
                file.truncate(size)
        run = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / str(size) / "models")], check=True, capture_output=True
        )
        peaks.append(int(run.stdout))
    assert peaks[1] - peaks[0] < 16 << 10  # KiB
