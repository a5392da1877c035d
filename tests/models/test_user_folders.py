from collections.abc import Callable
from pathlib import Path

import pytest
from triton_serving.models.user_folders import cache_home, data_home

CASES = [(cache_home, "XDG_CACHE_HOME", ".cache"), (data_home, "XDG_DATA_HOME", ".local/share")]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_an_absolute_xdg_variable_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/fast")
    monkeypatch.setenv("XDG_DATA_HOME", "/safe")
    assert (cache_home(), data_home()) == (Path("/fast/triton-serving"), Path("/safe/triton-serving"))


@pytest.mark.parametrize("set_to", [None, "", "here"])
@pytest.mark.parametrize(("folder", "variable", "default"), CASES)
def test_without_an_absolute_one_the_home_folder_counts(
    folder: Callable[[], Path],
    variable: str,
    default: str,
    set_to: str | None,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(variable, raising=False)
    if set_to is not None:
        monkeypatch.setenv(variable, set_to)
    assert folder() == home / default / "triton-serving"
