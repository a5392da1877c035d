"""Debian packages, unpacked somewhere: nothing on the system changes and no rights are needed."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .cache import cache_folder, locked
from .progress import step
from .ways import Unavailable


def unpacked(package: str, *libraries: str) -> Path:
    """The folder in the cache that holds what is in a package, and in those of libraries that may be missing."""
    folder = cache_folder() / package
    root = folder / "root"
    if root.exists():
        return root
    with locked(folder), step(f"getting {package} from the Debian archive"):
        if not root.exists():
            new = folder / "new"
            shutil.rmtree(new, ignore_errors=True)
            unpack([package, *libraries], new)
            new.rename(root)
    return root


def unpack(packages: Iterable[str], into: Path) -> None:
    """Raises Unavailable; what `into` then holds is of no use."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise Unavailable("this is no Debian or Ubuntu: there is no apt-get")
    fetched = into.with_name(f"{into.name}.packages")
    shutil.rmtree(fetched, ignore_errors=True)  # what a killed run left
    fetched.mkdir(parents=True)
    try:
        _download(packages, fetched)
        for package in sorted(fetched.glob("*.deb")):
            _run("dpkg-deb", "-x", str(package), str(into))
    finally:
        shutil.rmtree(fetched)


def _download(packages: Iterable[str], folder: Path) -> None:
    try:
        _apt(folder, "download", *packages)
    except Unavailable:  # no lists on this machine, or too old ones: get some, for this folder only
        apt, lists = folder / "apt", folder / "apt" / "lists"
        for part in (lists / "partial", apt / "archives" / "partial"):
            part.mkdir(parents=True, exist_ok=True)
        own = ("-o", f"Dir::State={apt}", "-o", f"Dir::State::Lists={lists}", "-o", f"Dir::Cache={apt}")
        _apt(folder, *own, "update")
        _apt(folder, *own, "download", *packages)


def _apt(folder: Path, *arguments: str) -> None:
    # apt checks the archive's signature and the package's digest; its own user may not write to the cache folder.
    options = ("-o", "APT::Sandbox::User=", "-o", "Dir::State::status=/var/lib/dpkg/status")
    _run("apt-get", "-q", *options, *arguments, at=folder)


def _run(*command: str, at: Path | None = None) -> None:
    environ = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(command, cwd=at, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        said = done.stdout.strip().rpartition("\n")[2]
        raise Unavailable(f"{command[0]}: {said or f'exit status {done.returncode}'}")
