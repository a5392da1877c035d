"""Folders and programs of pretence: nothing here touches the machine's own PATH, home or caches."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SYSTEM_PATH = "/usr/bin:/bin"

PutProgram = Callable[[str, str], Path]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the home folder, the cache folder, and (its bin) all that is on PATH."""
    for variable in ("XDG_CACHE_HOME", "PULUMI_HOME", "STACK"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


@pytest.fixture
def put_program(folder: Path) -> PutProgram:
    """Puts a shell script on PATH in place of a program."""

    def put(name: str, script: str) -> Path:
        program = folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\nPATH={SYSTEM_PATH}\n{script}\n")
        program.chmod(0o755)
        return program

    return put


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the real Makefile and wrapper, on a path with a space and a percent sign."""
    at = tmp_path / "a check%41out"
    (at / "scripts").mkdir(parents=True)
    (at / "stacks").mkdir()
    shutil.copy(ROOT / "Makefile", at)
    shutil.copy(ROOT / "scripts" / "pulumi", at / "scripts")
    return at
