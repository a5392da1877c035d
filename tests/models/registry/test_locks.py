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
