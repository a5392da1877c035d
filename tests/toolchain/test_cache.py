import threading
from pathlib import Path

import pytest
from parts.load import eventually
from programs.cache import cache_folder, locked
from programs.ways import Unavailable


def test_the_cache_follows_xdg_and_ignores_a_relative_folder(folder: Path) -> None:
    assert cache_folder({"XDG_CACHE_HOME": "/elsewhere"}) == Path("/elsewhere/triton-serving/toolchain")
    assert cache_folder({"XDG_CACHE_HOME": "here"}) == folder / ".cache/triton-serving/toolchain"
    assert cache_folder({}) == folder / ".cache/triton-serving/toolchain"


def test_a_cache_that_cannot_be_written_names_the_folder_and_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()  # a folder without permission would not stop root
    with pytest.raises(Unavailable, match=r"file/cache.*set XDG_CACHE_HOME"), locked(tmp_path / "file" / "cache"):
        pass


def test_a_second_run_says_that_it_waits_and_goes_on_when_the_first_is_done(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    order: list[str] = []

    def second() -> None:
        with locked(tmp_path):
            order.append("second")

    with locked(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        eventually(lambda: "waiting for another run" in capfd.readouterr().err, "it says that it waits")
        order.append("first")
    other.join()
    assert order == ["first", "second"]
