"""uv: an installed one that is new enough, else the pinned one from PyPI in a virtual environment of its own."""

import subprocess
import sys
from pathlib import Path

from .installed import installed_program, output_of
from .pins import ROOT, new_enough, pins, version_in
from .progress import step
from .ways import Unavailable, Way, first_that_works


def provide() -> Path:
    return first_that_works(
        "uv",
        [Way("an installed uv", _installed), Way("the Python package index", _from_index)],
        "Install uv by hand (https://docs.astral.sh/uv/getting-started/installation/) and run this again.",
    )


def _installed() -> Path:
    program = installed_program("uv")
    version, minimum = version_in(output_of(program, "--version")), pins("uv")["minimum"]
    if version is None or not new_enough(version, minimum):
        raise Unavailable(f"{program} is not a uv {minimum} or later")
    return program


def _from_index() -> Path:
    version = pins("uv")["version"]
    folder = ROOT / ".tools" / f"uv-{version}"
    program = folder / "bin" / "uv"
    if program.exists():
        return program
    with step(f"installing uv {version} into .tools"):
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        _run(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", f"uv=={version}")
    return program


def _run(*command: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode == 0:
        return
    if "ensurepip" in done.stdout:
        python = f"python3.{sys.version_info.minor}"
        raise Unavailable(f"this Python cannot make virtual environments; install {python}-venv (Debian and Ubuntu)")
    raise Unavailable(done.stdout.strip().rpartition("\n")[2] or f"{command[0]} failed")
