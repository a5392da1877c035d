"""What the examples' entry scripts import is pinned, to what the project tests them with."""

import json
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODES = {
    f"{file.parent.name}-{name}": mode
    for file in sorted(ROOT.glob("examples/*/example.json"))
    for name, mode in json.loads(file.read_text(encoding="utf-8"))["modes"].items()
}


@pytest.mark.parametrize("name", MODES)
def test_packages_are_pinned_to_what_the_project_tests_with(name: str) -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    pinned = {requirement for group in groups.values() for requirement in group}
    # NumPy comes with others here, in a version that goes with the Python.
    assert {one for one in MODES[name].get("pipPackages", ()) if not one.startswith("numpy==")} <= pinned


@pytest.mark.parametrize("name", MODES)
def test_only_modes_with_an_entry_script_need_packages(name: str) -> None:
    assert ("entryScript" in MODES[name]) == bool(MODES[name].get("pipPackages"))
