"""Fixtures for Python environments: none is seen or left in the caches of whoever runs the tests."""

import os
import subprocess
from pathlib import Path

import pytest
from triton_serving.entry import environment_packages, scoring_server

from .wheels import make_small_server, make_wheel


@pytest.fixture
def own_environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where environments are made; uv keeps its cache, or every test would download again."""
    cache = os.environ.get("UV_CACHE_DIR") or subprocess.check_output(["uv", "cache", "dir"], text=True).strip()
    monkeypatch.setenv("UV_CACHE_DIR", cache)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "triton-serving" / "environments"


@pytest.fixture
def small_environments(own_environments: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same without NumPy and the like: made in a moment, from a folder of wheels and without a network."""
    for name, version in (("greeting", "1.0"), ("greeting", "2.0"), ("parting", "1.0")):
        make_wheel(tmp_path / "wheels", name, version)
    make_wheel(tmp_path / "wheels", "meeting", "1.0", ["greeting<2", "parting"])
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setattr(scoring_server, "SCORING_SERVER", make_small_server(tmp_path / "server"))
    monkeypatch.setattr(environment_packages, "BASE", {})
    return own_environments
