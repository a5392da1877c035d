import pytest
from parts.blobs import sha256
from parts.disk_images import blobs, everything, manifest_of, push, put
from triton_serving.rules.problems import UserError


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
    looks = {
        digest: lambda: registry.manifest("digits", "v1"),
        sha256(b"config"): lambda: registry.blob("digits", sha256(b"config")),
    }
    for damaged, look in looks.items():
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
    path = root / "digits" / "blobs" / "sha256" / sha256(b"layer").removeprefix("sha256:")
    path.write_bytes(b"lay")
    assert not registry.has_blob("digits", sha256(b"layer"), 5)
    assert put(registry, b"layer") == 5
    assert path.read_bytes() == b"layer"


def test_nothing_is_cleared_up_while_a_damaged_manifest_hides_what_it_needs(registry, root) -> None:
    damaged, other = push(registry, "v1", b"config 1", b"layer"), push(registry, "v2", b"config 2", b"layer")
    (root / "digits" / "blobs" / "sha256" / damaged.removeprefix("sha256:")).write_bytes(b"{}")
    with pytest.raises(UserError, match=r"damaged"):
        registry.delete("digits", other)
    assert registry.tags("digits") == ["v1"]
    assert {sha256(b"config 1"), sha256(b"layer")} < blobs(root)
    registry.delete("digits", damaged)
    assert everything(root) == set()
