"""What both homes promise alike."""

import pytest
from parts.blobs import blob, manifest, random_blob, sha256
from triton_serving.models.registry import Blob, Registry, upload
from triton_serving.models.work import Work
from triton_serving.rules.problems import UserError

CONFIG = blob(b"{}")


def put(home: Registry, tag: str, *layers: Blob, note: str = "") -> str:
    with home.pushing("digits"):
        for part in (CONFIG, *layers):
            home.put_blob("digits", part, Work(), lambda _: None)
        content = manifest(CONFIG, *layers, note=note)
        home.put_manifest("digits", tag, content)
    return sha256(content)


def test_a_name_that_nobody_pushed_has_nothing(home: Registry) -> None:
    assert home.tags("digits") == []
    assert home.resolve("digits", "1") is None
    assert home.manifest("digits", "1") is None
    assert not home.has_blob("digits", CONFIG.digest, CONFIG.size)


def test_what_was_put_is_read_back(home: Registry) -> None:
    layer = random_blob(300_000)
    digest = put(home, "1", layer)
    assert home.tags("digits") == ["1"]
    assert home.resolve("digits", "1") == home.resolve("digits", digest) == digest
    assert home.manifest("digits", "1") == home.manifest("digits", digest) == manifest(CONFIG, layer)
    assert home.blob("digits", CONFIG.digest) == b"{}"
    assert home.has_blob("digits", layer.digest, layer.size)
    assert home.reference("digits", digest).endswith(f"/digits@{digest}")


def test_a_manifest_without_its_layers_is_refused(home: Registry) -> None:
    home.put_blob("digits", CONFIG, Work(), lambda _: None)
    with pytest.raises(UserError):
        home.put_manifest("digits", "1", manifest(CONFIG, random_blob(100)))
    assert home.resolve("digits", "1") is None


def test_content_that_changed_while_it_was_sent_is_refused_and_not_there(home: Registry) -> None:
    good = random_blob(5000)
    bad = Blob(good.digest, good.size, random_blob(5000, seed=2).read)
    with pytest.raises(UserError, match="chang"):
        home.put_blob("digits", bad, Work(), lambda _: None)
    assert not home.has_blob("digits", good.digest, good.size)


def test_content_that_became_shorter_is_refused_and_not_there(home: Registry) -> None:
    good = random_blob(5000)
    with pytest.raises(UserError):
        home.put_blob("digits", Blob(good.digest, 5000, random_blob(4000).read), Work(), lambda _: None)
    assert not home.has_blob("digits", good.digest, good.size)


def test_an_empty_blob_can_be_put(home: Registry) -> None:
    home.put_blob("digits", blob(b""), Work(), lambda _: None)
    assert home.has_blob("digits", sha256(b""), 0)


def test_the_bytes_sent_are_told(home: Registry) -> None:
    sent: list[int] = []
    home.put_blob("digits", random_blob(700_000), Work(), sent.append)
    assert sum(sent) == 700_000


def test_untag_removes_one_tag_and_nothing_else(home: Registry) -> None:
    digest = put(home, "1", random_blob(100))
    for tag in ("1.0a1b2c3d", "1.ffffffff"):
        home.put_manifest("digits", tag, home.manifest("digits", digest) or b"")
    home.untag("digits", "1.0a1b2c3d")
    assert sorted(home.tags("digits")) == ["1", "1.ffffffff"]
    assert home.resolve("digits", "1") == home.resolve("digits", "1.ffffffff") == digest


def test_the_image_survives_its_last_tag(home: Registry) -> None:
    digest = put(home, "1", random_blob(100))
    home.untag("digits", "1")
    assert home.tags("digits") == []
    assert home.resolve("digits", digest) == digest


def test_delete_removes_an_image_with_its_tags_and_leaves_others(home: Registry) -> None:
    old, new = put(home, "1", random_blob(100), note="old"), put(home, "2", random_blob(100), note="new")
    home.put_manifest("digits", "1.0a1b2c3d", home.manifest("digits", old) or b"")
    home.delete("digits", old)
    assert home.tags("digits") == ["2"]
    assert home.resolve("digits", old) is None
    assert home.resolve("digits", "2") == new
    assert home.has_blob("digits", random_blob(100).digest, 100)


def test_what_is_gone_may_be_removed_again(home: Registry) -> None:
    digest = put(home, "1", random_blob(100))
    home.untag("digits", "9")
    home.untag("nothing", "9")
    home.delete("digits", digest)
    home.delete("digits", digest)
    home.delete("nothing", digest)


def test_a_tag_moves_to_other_content(home: Registry) -> None:
    put(home, "1", note="old")
    digest = put(home, "1", note="new")
    assert home.resolve("digits", "1") == digest


def test_an_upload_may_be_stopped(home: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "GRACE", 0.0)
    work = Work()
    whole = random_blob(1_000_000)
    with pytest.raises(UserError, match="stopped at your request"):
        home.put_blob("digits", whole, work, lambda _: work.stop.set())
    assert not home.has_blob("digits", whole.digest, whole.size)
