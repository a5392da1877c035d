import os
import threading
import time
from pathlib import Path

import pytest
from triton_serving.models.registry.locks import exclusive, exclusive_if_free, shared


def times_open(path: Path) -> int:
    count = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            count += descriptor.readlink() == path
        except FileNotFoundError:  # closed meanwhile
            continue
    return count


def wait_until_open(path: Path, times: int) -> None:
    deadline = time.monotonic() + 30
    while times_open(path) < times:
        assert time.monotonic() < deadline


def test_many_share_a_lock_and_nobody_has_it_alone_meanwhile(tmp_path: Path) -> None:
    with shared(tmp_path / "lock"), shared(tmp_path / "lock"), exclusive_if_free(tmp_path / "lock") as alone:
        assert not alone
    with exclusive_if_free(tmp_path / "lock") as alone:
        assert alone


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc to see who waits")
def test_who_waited_for_a_lock_that_was_removed_gets_the_one_that_others_will_see(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "lock"
    there: list[bool] = []

    def wait() -> None:
        with exclusive(path):
            there.append(path.exists())

    waiting = threading.Thread(target=wait)
    with exclusive(path):
        waiting.start()
        wait_until_open(path, 2)
        path.unlink()
        path.parent.rmdir()
    waiting.join()
    assert there == [True]


def test_a_folder_that_goes_in_the_moment_before_it_is_looked_for_is_made_anew(tmp_path: Path, monkeypatch) -> None:
    folder, make = tmp_path / "folder", os.mkdir
    folder.mkdir()

    def gone_at_once(path: Path, mode: int = 0o777) -> None:
        try:
            make(path, mode)
        except FileExistsError:
            folder.rmdir()
            raise

    with monkeypatch.context() as patched:
        patched.setattr(os, "mkdir", gone_at_once)
        with shared(folder / "lock"):
            assert (folder / "lock").exists()


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(FileExistsError), shared(tmp_path / "folder" / "lock"):
        pass
