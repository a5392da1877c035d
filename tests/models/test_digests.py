import hashlib
import os
import threading
import time
from pathlib import Path

import pytest
from triton_serving.models.archive import END, file_header, padding
from triton_serving.models.digest_cache import DigestCache, Fingerprint
from triton_serving.models.digests import Progress, fingerprints, run_jobs
from triton_serving.models.tree import File, Tree
from triton_serving.models.work import Stopped, Work
from triton_serving.rules.problems import UserError


def digest(tree: Tree, work: Work | None = None, workers: int = 2) -> dict[str, Fingerprint]:
    work = work or Work()
    with DigestCache(tree.root, work) as cache:
        return fingerprints(tree, cache, work, workers)


def entry_of(path: str, content: bytes) -> str:
    entry = file_header(path, len(content)) + content + padding(len(content))
    return f"sha256:{hashlib.sha256(entry).hexdigest()}"


def test_a_fingerprint_is_the_digest_of_the_tar_entry_however_many_workers_read(plant) -> None:
    contents = {f"m/{number}": bytes([number]) * (number * 100_000) for number in range(30)}
    tree = plant(contents)
    expected = {path: entry_of(path, content) for path, content in contents.items()}
    for workers in (1, 2, 7):
        found = digest(tree, workers=workers)
        assert {path: fingerprint.entry for path, fingerprint in found.items()} == expected
        assert list(found) == [file.path for file in tree.files]


def test_the_layer_of_a_single_file_is_known_from_the_same_reading(plant) -> None:
    tree = plant({"m/1/model.bin": b"weights"})
    layer = file_header("m/1/model.bin", 7) + b"weights" + padding(7) + END
    assert digest(tree)["m/1/model.bin"].layer == f"sha256:{hashlib.sha256(layer).hexdigest()}"


def test_progress_is_told_in_bytes(plant) -> None:
    said: list[str] = []
    digest(plant({"m/a": bytes(3_000_000), "m/b": bytes(1_000_000)}), Work(said.append))
    assert said[-1] == "reading model files: 4.0 of 4.0 MB"


def test_progress_on_small_files_is_not_worth_a_line(plant) -> None:
    said: list[str] = []
    digest(plant({"m/a": bytes(100_000)}), Work(said.append))
    assert said == []


@pytest.mark.usefixtures("much_later")
def test_files_that_stand_still_are_not_read_again(plant) -> None:
    tree = plant({"m/a": b"one", "m/b": bytes(2_000_000)})
    first = digest(tree)
    said: list[str] = []
    assert digest(tree, Work(said.append)) == first
    assert said == []


@pytest.mark.usefixtures("much_later")
def test_only_what_changed_is_read_again(plant) -> None:
    digest(plant({"m/a": b"x" * 1_000_000, "m/b": b"y" * 2_000_000}))
    said: list[str] = []
    tree = plant({"m/b": b"z" * 2_000_000})
    assert digest(tree, Work(said.append))["m/b"].entry == entry_of("m/b", b"z" * 2_000_000)
    assert said[-1] == "reading model files: 2.0 of 2.0 MB"


def test_a_file_written_moments_before_is_not_remembered(plant, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = plant({"m/a": b"one"})
    written = max(tree.files[0].stamp[2:])
    monkeypatch.setattr(time, "time_ns", lambda: written + 2_000_000_000)  # however long this process stood still
    digest(tree)
    assert DigestCache(tree.root, Work()).find(tree.files[0]) is None


@pytest.mark.usefixtures("much_later")
def test_a_file_with_another_size_or_stamp_is_not_taken_for_the_remembered_one(plant) -> None:
    tree = plant({"m/a": b"one"})
    digest(tree)
    cache = DigestCache(tree.root, Work())
    (file,) = tree.files
    assert cache.find(file) is not None
    assert cache.find(File(file.path, file.size + 1, file.stamp)) is None
    for place in range(4):
        stamp = list(file.stamp)
        stamp[place] += 1
        assert cache.find(File(file.path, file.size, tuple(stamp))) is None


def cache_file(own_cache: Path) -> Path:
    (path,) = (own_cache / "triton-serving" / "digests").iterdir()
    return path


@pytest.mark.usefixtures("much_later")
@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "foreign"])
def test_a_damaged_cache_is_told_and_ignored(plant, own_cache, damage) -> None:
    tree = plant({"m/a": b"one"})
    first = digest(tree)
    path = cache_file(own_cache)
    content = path.read_bytes()
    wrong = content.replace(first["m/a"].entry.encode(), b"sha256:" + b"0" * 64)
    assert wrong != content
    path.write_bytes({"flip": wrong, "cut": content[:-10], "empty": b"", "foreign": b"{}"}[damage])
    said: list[str] = []
    assert digest(tree, Work(said.append)) == first
    assert "is damaged" in said[0]
    said.clear()
    assert digest(tree, Work(said.append)) == first
    assert said == []


@pytest.mark.usefixtures("much_later")
def test_a_cache_that_cannot_be_written_is_told_and_stops_nothing(plant, own_cache) -> None:
    own_cache.write_text("a file where the folder should be")
    tree = plant({"m/a": b"one"})
    said: list[str] = []
    assert digest(tree, Work(said.append))["m/a"].entry == entry_of("m/a", b"one")
    assert any("cannot be written" in text for text in said)


@pytest.mark.usefixtures("much_later")
def test_files_that_are_gone_leave_the_cache(plant, own_cache) -> None:
    tree = plant({"m/a": b"one", "m/b": b"two"})
    digest(tree)
    tree.locate("m/a").unlink()
    digest(plant({"m/b": b"two"}))
    assert b"m/a" not in cache_file(own_cache).read_bytes()


@pytest.mark.usefixtures("much_later")
def test_what_was_read_before_a_stop_is_remembered(plant) -> None:
    tree = plant({"m/a": b"x" * 3_000_000, "m/b": b"y" * 2_000_000, "m/c": b"z"})
    stop = threading.Event()
    work = Work(lambda text: stop.set() if " 4.0 " in f" {text} " or "4." in text.split(" of ")[0] else None, stop)
    with pytest.raises(Stopped):
        digest(tree, work, workers=1)
    cache = DigestCache(tree.root, Work())
    assert [cache.find(file) is not None for file in tree.files] == [True, False, False]


def test_a_stop_takes_nothing_from_the_cache(plant) -> None:
    root = plant({"m/a": b"x"}).root
    with DigestCache(root, Work()) as cache:
        cache.keep_layer("packed before", "sha256:0", 1)

    def cut_short() -> None:
        with DigestCache(root, Work()) as cache:
            cache.keep_layer("packed now", "sha256:1", 1)
            raise Stopped

    with pytest.raises(Stopped):
        cut_short()
    cache = DigestCache(root, Work())
    assert (cache.find_layer("packed before"), cache.find_layer("packed now")) == (("sha256:0", 1), ("sha256:1", 1))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("grow", "its size was 1000 bytes and is 1001"),
        ("shrink", "its size was 1000 bytes and is 999"),
        ("rewrite", "it was written to or replaced"),
        ("replace", "it was written to or replaced"),
        ("vanish", "it is gone"),
        ("link", "it was written to or replaced"),
        ("pipe", "its size was 1000 bytes and is 0"),
    ],
)
def test_a_file_that_changed_since_it_was_listed_is_refused_by_name(plant, tmp_path, change, told) -> None:
    tree = plant({"m/a": b"x" * 1000, "m/b": b"fine"})
    place = tree.locate("m/a")
    match change:
        case "grow":
            place.write_bytes(b"x" * 1001)
        case "shrink":
            place.write_bytes(b"x" * 999)
        case "rewrite":
            place.write_bytes(b"y" * 1000)
        case "replace":
            (tmp_path / "new").write_bytes(b"x" * 1000)
            (tmp_path / "new").replace(place)
        case _:
            place.unlink()
    if change == "link":
        (tmp_path / "elsewhere").write_bytes(b"x" * 1000)
        place.symlink_to(tmp_path / "elsewhere")
    if change == "pipe":
        os.mkfifo(place)
    with pytest.raises(UserError, match=rf"^m/a: must not change while it is published \({told}\); wait until"):
        digest(tree)


@pytest.mark.parametrize("change", ["append", "cut", "rewrite"])
def test_a_file_that_is_written_to_while_it_is_read_is_refused_by_name(plant, change) -> None:
    tree = plant({"m/a": bytes(5_000_000)})

    def write(_: str) -> None:
        with tree.locate("m/a").open("r+b") as file:
            if change == "append":
                file.seek(0, os.SEEK_END)
            if change == "cut":
                file.truncate(4_500_000)
            else:
                file.write(b"late")

    with pytest.raises(UserError, match=r"^m/a: must not change while it is published"):
        digest(tree, Work(write))


def test_the_first_failure_ends_the_other_workers_early() -> None:
    begun = threading.Event()

    def failing(_: Progress) -> None:
        assert begun.wait(30)
        raise UserError("the reason")

    def endless(progress: Progress) -> None:
        begun.set()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            progress.add(0)
        pytest.fail("nobody ended it")

    with pytest.raises(UserError, match="the reason"):
        run_jobs([endless, failing], Progress("reading", 0, Work()), workers=2)


def test_a_file_that_may_not_be_read_is_named(plant, monkeypatch) -> None:
    tree = plant({"m/a": b"secret"})
    real = os.open

    def refusing(path, flags, *rest):
        if path == tree.locate("m/a"):
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *rest)

    monkeypatch.setattr(os, "open", refusing)  # root may read everything, whatever the mode says
    with pytest.raises(UserError, match=r"^m/a: cannot be read \(Permission denied\)"):
        digest(tree)
