"""docker-registry, the OCI registry that tests push to: an installed one, else the one in Debian's package.

The package is unpacked into the cache folder, with package lists of its own: nothing on the system changes and no
rights are needed.
"""

import os
import shutil
import subprocess
from pathlib import Path

from .cache import cache_folder, locked
from .installed import installed_program, output_of
from .progress import step
from .ways import Unavailable, Way, first_that_works

PROGRAM = "docker-registry"


def provide() -> Path:
    return first_that_works(
        PROGRAM,
        [Way("an installed docker-registry", _installed), Way("Debian's package", _from_debian)],
        "Install docker-registry by hand (Debian and Ubuntu: apt-get install docker-registry) and run this again.",
    )


def _installed() -> Path:
    return _that_runs(installed_program(PROGRAM))


def _from_debian() -> Path:
    folder = cache_folder() / PROGRAM
    program = folder / "root" / "usr" / "bin" / PROGRAM
    if program.exists():
        return program
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Unavailable("this is no Debian or Ubuntu: there is no apt-get")
    with locked(folder), step("getting docker-registry from the Debian archive"):
        if not program.exists():
            new = folder / "new"
            shutil.rmtree(new, ignore_errors=True)
            _run("dpkg-deb", "-x", str(_package(folder)), str(new))
            _that_runs(new / "usr" / "bin" / PROGRAM)
            new.rename(folder / "root")
    return program


def _package(folder: Path) -> Path:
    for old in folder.glob("*.deb"):
        old.unlink()
    try:
        _apt(folder, "download", PROGRAM)
    except Unavailable:  # no lists on this machine, or too old ones: get some, for this folder only
        apt, lists = folder / "apt", folder / "apt" / "lists"
        for part in (lists / "partial", apt / "archives" / "partial"):
            part.mkdir(parents=True, exist_ok=True)
        own = ("-o", f"Dir::State={apt}", "-o", f"Dir::State::Lists={lists}", "-o", f"Dir::Cache={apt}")
        _apt(folder, *own, "update")
        _apt(folder, *own, "download", PROGRAM)
        shutil.rmtree(apt)
    return next(folder.glob("*.deb"))


def _apt(folder: Path, *arguments: str) -> None:
    # apt checks the archive's signature and the package's digest; its own user may not write to the cache folder.
    _run(
        "apt-get",
        "-q",
        "-o",
        "APT::Sandbox::User=",
        "-o",
        "Dir::State::status=/var/lib/dpkg/status",
        *arguments,
        at=folder,
    )


def _run(*command: str, at: Path | None = None) -> None:
    environ = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(command, cwd=at, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        said = done.stdout.strip().rpartition("\n")[2]
        raise Unavailable(f"{command[0]}: {said or f'exit status {done.returncode}'}")


def _that_runs(program: Path) -> Path:
    output_of(program, "--version")
    return program
