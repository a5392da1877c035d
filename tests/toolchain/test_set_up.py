"""The Makefile's set-up: done once, and again when it has to be. Pretended uv and toolchain write down their calls."""

import os
import subprocess
from pathlib import Path

import pytest

PROGRAMS = ("pulumi-kubernetes", "pulumi-docker", "docker-registry", "docker-engine", "promtool", "kubernetes")
"""What tests need beyond what everybody does."""
TOOLCHAIN = """#!/bin/sh
echo "toolchain $1" >> calls
mkdir -p .tools/bin
ln -sf ../../scripts/$1-stand-in .tools/bin/$1
"""
UV = """#!/bin/sh
echo "uv $*" >> calls
case "$*" in *components/policies) mkdir -p components/policies/.venv ;; esac
[ "$1" = venv ] || exit 0
mkdir -p .venv/bin
cp /bin/true .venv/bin/python
echo "VIRTUAL_ENV='$PWD/.venv'" > .venv/bin/activate
"""


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)


@pytest.fixture
def ready(checkout: Path) -> Path:
    """A checkout that is set up, its calls forgotten."""
    write(checkout / "scripts" / "toolchain", TOOLCHAIN)
    write(checkout / "scripts" / "uv-stand-in", UV)
    write(checkout / "scripts" / "pulumi-stand-in", "")
    for name in PROGRAMS:
        write(checkout / "scripts" / f"{name}-stand-in", "")
    (checkout / "components" / "policies").mkdir(parents=True)
    for file in ("uv.lock", "pyproject.toml", "toolchain.toml", "components/policies/uv.lock"):
        (checkout / file).touch()
    assert make(checkout) == [
        "toolchain uv",
        "uv venv --quiet --allow-existing .venv",
        "uv sync --locked --inexact",
        "toolchain pulumi",
    ]
    return checkout


def make(checkout: Path, *arguments: str) -> list[str]:
    """What one `make setup` calls."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(checkout.parent)}
    calls = checkout / "calls"
    calls.write_text("")
    subprocess.run(["make", "--silent", *(arguments or ["setup"])], cwd=checkout, env=environ, check=True)
    return calls.read_text().splitlines()


def touch(file: Path) -> None:
    file.touch()
    os.utime(file, (file.stat().st_mtime + 10,) * 2)


def test_a_second_run_does_nothing(ready: Path) -> None:
    assert make(ready) == []


def test_tests_have_their_own_set_up_and_neither_disturbs_the_other(ready: Path) -> None:
    extras, groups = ("kubernetes", "azure", "docker"), ("dev", "examples", "stand-in-azure")
    words = [*(f"--extra {extra}" for extra in extras), *(f"--group {group}" for group in groups)]
    own = f"uv sync --locked --inexact {' '.join(words)}"
    policies = "uv sync --locked --quiet --project components/policies"
    programs = [f"toolchain {program}" for program in PROGRAMS]
    assert make(ready, "setup-tests") == [own, policies, *programs]
    assert make(ready) == []
    assert make(ready, "setup-tests") == []


def test_a_stack_gets_its_extras_and_the_local_one_gets_none(ready: Path) -> None:
    kubernetes = ["uv sync --locked --inexact --extra kubernetes", "toolchain pulumi-kubernetes"]
    assert make(ready, "setup", "STACK=kubernetes") == kubernetes
    both = "uv sync --locked --inexact --extra azure --extra kubernetes"
    assert make(ready, "setup", "STACK=mine", "EXTRAS=azure kubernetes") == [both]
    assert make(ready) == []


def test_a_changed_lock_file_is_installed(ready: Path) -> None:
    touch(ready / "uv.lock")
    assert make(ready) == ["uv sync --locked --inexact"]


def test_a_changed_pin_is_fetched(ready: Path) -> None:
    touch(ready / "toolchain.toml")
    assert "toolchain pulumi" in make(ready)


def test_a_program_that_vanished_is_fetched_again(ready: Path) -> None:
    (ready / ".tools" / "bin" / "pulumi").unlink()
    (ready / ".tools" / "bin" / "pulumi").symlink_to("/nowhere/pulumi")
    assert make(ready) == ["toolchain pulumi"]


def test_after_a_move_the_virtual_environment_is_made_anew(ready: Path) -> None:
    (ready / ".venv" / "of the old place").touch()
    moved = ready.rename(ready.with_name("another, place (2)"))
    assert make(moved) == ["uv venv --quiet --allow-existing .venv", "uv sync --locked --inexact"]
    assert not (moved / ".venv" / "of the old place").exists()
    assert make(moved) == []


def test_a_virtual_environment_whose_python_has_gone_is_made_anew(ready: Path) -> None:
    (ready / ".venv" / "bin" / "python").unlink()
    (ready / ".venv" / "bin" / "python").symlink_to("/nowhere/python3.11")
    assert make(ready) == ["uv venv --quiet --allow-existing .venv", "uv sync --locked --inexact"]
    assert make(ready) == []


def test_make_alone_says_what_there_is_and_does_nothing(ready: Path) -> None:
    said = subprocess.run(["make"], cwd=ready, capture_output=True, text=True, check=True).stdout
    assert "make up " in said
    assert "\033" not in said
