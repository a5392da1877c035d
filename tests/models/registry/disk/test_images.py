import json
import shutil
import subprocess

import pytest
from parts.blobs import blob, sha256
from parts.disk_images import blobs, everything, manifest_of, nobody, push, put
from triton_serving.models.digest_cache import DigestCache
from triton_serving.models.digests import fingerprints
from triton_serving.models.image import build_image
from triton_serving.models.image_config import MODELS_LABEL
from triton_serving.models.registry import Blob
from triton_serving.models.registry.disk import DiskRegistry
from triton_serving.models.work import Work
from triton_serving.rules.problems import UserError


def test_locations_and_references_are_what_users_and_tools_write(registry, root) -> None:
    digest = sha256(b"")
    assert registry.location == f"oci-layout://{root}"
    assert registry.reference("digits", digest) == f"oci-layout://{root}/digits@{digest}"


def test_looking_leaves_no_trace(registry, root) -> None:
    digest = sha256(b"")
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
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": digest,
                "size": len(manifest),
                "annotations": {"org.opencontainers.image.ref.name": "v1"},
            }
        ],
    }
    assert blobs(root) == {digest, sha256(b"config"), sha256(b"layer")}


@pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not installed")
def test_skopeo_copies_an_image_that_a_kubelet_could_mount(root, plant, tmp_path) -> None:
    tree = plant({"models/digits/1/model.bin": b"x" * (5 << 20), "models/digits/config.pbtxt": b""})
    with DigestCache(tree.root, Work()) as cache:
        image = build_image(tree, fingerprints(tree, cache, Work()), {MODELS_LABEL: '{"digits": [1]}'}, cache, Work())
    registry = DiskRegistry(root)
    for part in image.blobs():
        registry.put_blob("digits", part, Work(), nobody)
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
    assert registry.blob("digits", sha256(b"config")) == b"config"
    assert registry.has_blob("digits", sha256(b"layer"), 5)
    assert not registry.has_blob("digits", sha256(b"layer"), 6)


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
    digest = sha256(manifest)
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
    assert registry.has_blob("digits", sha256(b"layer"), 5)


def test_deleting_takes_all_tags_and_what_no_other_image_needs(registry, root) -> None:
    old = push(registry, "v1", b"config 1", b"shared", b"only old")
    push(registry, "also-v1", b"config 1", b"shared", b"only old")
    new = push(registry, "v2", b"config 2", b"shared")
    registry.delete("digits", old)
    registry.delete("digits", old)
    assert registry.tags("digits") == ["v2"]
    assert blobs(root) == {new, sha256(b"config 2"), sha256(b"shared")}


def test_deleting_the_last_image_takes_the_folder_and_no_other_name(registry, root) -> None:
    digest = push(registry, "v1", b"config")
    registry.put_blob("other", blob(b"config"), Work(), nobody)
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
        assert pushing.has_blob("digits", sha256(b"shared"), 6)
        put(pushing, b"config 2")
        registry.delete("digits", old)
        assert registry.tags("digits") == []
        pushing.put_manifest("digits", "v2", manifest_of(b"config 2", b"shared"))
    assert registry.tags("digits") == ["v2"]
    assert sha256(b"config") not in blobs(root)  # what the delete spared, the end of the push removed


def test_an_image_that_lacks_a_part_never_becomes_visible(registry) -> None:
    put(registry, b"config")
    with pytest.raises(UserError, match=r"a part of the image is missing.*run the same command again"):
        registry.put_manifest("digits", "v1", manifest_of(b"config", b"never sent"))
    assert registry.tags("digits") == []


def test_a_manifest_under_another_digest_is_refused(registry) -> None:
    with pytest.raises(UserError, match="another digest"):
        registry.put_manifest("digits", sha256(b"other"), manifest_of(b"config"))


def test_content_that_no_longer_has_its_digest_is_refused_and_leaves_nothing(registry, root) -> None:
    changed = Blob(sha256(b"as it was"), 9, lambda offset: iter([b"as it is "[offset:]]))
    with pytest.raises(UserError, match="changed while it was published"):
        registry.put_blob("digits", changed, Work(), nobody)
    assert not registry.has_blob("digits", changed.digest, 9)
    assert not any("parts/" in path or "blobs/" in path for path in everything(root))


@pytest.mark.parametrize("name", ["", "..", "../digits", "a/b", "/etc", "Digits", ".digits", "a b", "dígits", "a\n"])
def test_names_that_are_no_repository_names_are_refused(registry, root, name) -> None:
    with pytest.raises(UserError, match="choose another name"):
        registry.put_blob(name, blob(b"x"), Work(), nobody)
    assert not root.exists()


@pytest.mark.parametrize("digest", ["sha256:../../x", "sha512:" + "0" * 128, "sha256:" + "A" * 64, ""])
def test_digests_that_are_none_are_refused(registry, digest) -> None:
    with pytest.raises(UserError, match="64 hexadecimal digits"):
        registry.blob("digits", digest)
