"""Base images: pinned to a digest, looked through for their Python, and refused when nothing can stand on them."""

import gzip
import hashlib
import json
from collections.abc import Callable

import pytest
from parts.base_images import files_as_layer, push_image, push_list, push_tiny_base
from parts.blobs import blob
from parts.docker_registry import DockerRegistry
from parts.environment_images import Images
from triton_serving.environment_image.base import pin_base, read_base
from triton_serving.models.oci import MANIFEST_TYPE
from triton_serving.models.registry.open import open_registry
from triton_serving.models.work import Work
from triton_serving.rules.problems import UserError

PYTHON = {"usr/local/bin/python3.11": b"x"}


def found(registry: DockerRegistry, image: str, python: str = "3.11") -> str:
    work = Work()
    pinned = pin_base(f"{registry.host}/{image}", False, work)
    return read_base(pinned, False, work).find_python(python, work)


@pytest.fixture(autouse=True)
def _own_cache(own_environments: object) -> None: ...


def test_of_a_list_the_image_for_the_nodes_is_taken(registry: DockerRegistry) -> None:
    ours = push_tiny_base(registry.host, tag="amd64")
    other = push_tiny_base(registry.host, tag="arm64", architecture="arm64")
    listed = push_list(registry.host, "3.11", {"arm64": other, "amd64": ours})
    assert pin_base(listed, False, Work()) == ours
    assert pin_base(f"{registry.host}/python:3.11", False, Work()) == ours
    lacking = push_list(registry.host, "arm", {"arm64": other})
    with pytest.raises(UserError, match="has no image for linux/amd64"):
        pin_base(lacking, False, Work())
    with pytest.raises(UserError, match=r"must be for linux/amd64.*\(is for linux/arm64\)"):
        read_base(pin_base(other, False, Work()), False, Work())


def test_a_tag_beside_a_digest_is_for_readers(registry: DockerRegistry) -> None:
    pinned = push_tiny_base(registry.host)
    name, _, digest = pinned.rpartition("@")
    assert pin_base(f"{name}:whatever@{digest}", False, Work()) == pinned


def test_one_that_is_not_there_is_told(registry: DockerRegistry) -> None:
    push_tiny_base(registry.host)
    with pytest.raises(UserError, match=r"python:3\.99: there is no such image; correct baseImage"):
        pin_base(f"{registry.host}/python:3.99", False, Work())


@pytest.mark.parametrize(
    ("layers", "place"),
    [
        ([PYTHON], "/usr/local/bin/python3.11"),
        ([{"./usr/bin/python3.11": b"", **PYTHON}], "/usr/local/bin/python3.11"),
        ([{"usr/bin/python3.11": b"", **PYTHON}, {"usr/local/bin/.wh.python3.11": b""}], "/usr/bin/python3.11"),
        ([{"usr/bin/python3.11": b"", **PYTHON}, {"usr/local/.wh.bin": b""}], "/usr/bin/python3.11"),
        ([{"usr/bin/python3.11": b"", **PYTHON}, {"usr/local/.wh..wh..opq": b""}], "/usr/bin/python3.11"),
    ],
)
def test_the_python_is_the_first_on_the_path_that_no_layer_hides(
    registry: DockerRegistry, layers: list[dict[str, bytes]], place: str
) -> None:
    push_image(registry.host, "x", [files_as_layer(files) for files in layers])
    assert found(registry, "python:x") == place


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"bin/sh": b""}, "has no Python 3.11 on its PATH; choose one that has it, such as docker.io/library/python"),
        ({"usr/bin/python3.9": b""}, "has no Python 3.11 on its PATH; set pythonVersion to 3.9, or choose a base"),
        ({"opt/python3.11": b""}, "has no Python 3.11 on its PATH"),
        ({"lib/ld-musl-x86_64.so.1": b"", **PYTHON}, r"stands on musl \(Alpine\).*choose a base with glibc"),
    ],
)
def test_one_that_nothing_can_stand_on_is_refused(
    registry: DockerRegistry, files: dict[str, bytes], reason: str
) -> None:
    push_image(registry.host, "x", [files_as_layer(files)])
    with pytest.raises(UserError, match=reason):
        found(registry, "python:x")


@pytest.mark.parametrize(
    ("media_type", "packed"),
    [
        ("application/vnd.docker.image.rootfs.diff.tar.gzip", gzip.compress),
        ("application/vnd.oci.image.layer.v1.tar+gzip", gzip.compress),
    ],
)
def test_layers_of_dockers_own_kind_are_taken(
    images: Images, media_type: str, packed: Callable[[bytes], bytes]
) -> None:
    plain = b"".join(map(bytes, files_as_layer(PYTHON).read(0)))
    diff = f"sha256:{hashlib.sha256(plain).hexdigest()}"
    base = _push(images.registry, media_type, packed(plain), diff)
    state = images.up(baseImage=base, pipPackages=["greeting"])
    home = open_registry(f"{images.registry.url}/team")
    first = json.loads(home.manifest("words", state["digest"]) or b"{}")["layers"][0]
    assert first["mediaType"] == "application/vnd.oci.image.layer.v1.tar+gzip"
    assert home.has_blob("words", first["digest"], first["size"])


def test_a_base_of_so_many_layers_that_nodes_could_not_mount_the_image_is_refused(images: Images) -> None:
    layers = [files_as_layer(PYTHON), *(files_as_layer({f"file-{number}": b""}) for number in range(123))]
    base = push_image(images.registry.host, "x", layers)
    assert images.check(baseImage=base, pipPackages=["greeting"])["digest"]
    with pytest.raises(UserError, match="has 124 layers, and with 5 more the image would have over 127"):
        images.check(baseImage=base, pipPackages=["meeting"])


def test_layers_of_a_kind_that_is_not_known_are_refused(registry: DockerRegistry) -> None:
    base = _push(registry, "application/vnd.oci.image.layer.v1.tar+zstd", b"zstd", "sha256:" + "1" * 64)
    with pytest.raises(UserError, match=r"tar\+zstd.*choose a base with gzip layers"):
        read_base(base, False, Work())


def _push(registry: DockerRegistry, media_type: str, content: bytes, diff: str) -> str:
    home = open_registry(registry.url)
    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [diff]}}
    layer, settings = blob(content), blob(json.dumps(config).encode())
    for part in layer, settings:
        home.put_blob("docker", part, Work(), lambda _: None)
    described = {"mediaType": "application/vnd.docker.container.image.v1+json"}
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json"
        if "docker" in media_type
        else MANIFEST_TYPE,
        "config": {**described, "digest": settings.digest, "size": settings.size},
        "layers": [{"mediaType": media_type, "digest": layer.digest, "size": layer.size}],
    }
    content = json.dumps(manifest).encode()
    home.put_manifest("docker", "x", content)
    return pin_base(f"{registry.host}/docker:x", False, Work())
