"""The exact wheels of an environment, chosen by uv for the platform of the image and not for this machine."""

import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from ..entry.environment_packages import given_hashes, without_hashes
from ..entry.uv import run_uv
from ..models.work import Work
from ..rules.problems import UserError

NEWEST_GLIBC = 28
"""2.28: every base from Debian 10, Ubuntu 20.04 and Azure Linux on has it, and all wheels of today are built for it."""
_ALIASES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}

Lock = dict[str, str]
"""Each package's name with its version and the hash of its wheel, as states and previews show it."""


@dataclass(frozen=True)
class Locked:
    name: str
    version: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.version} sha256:{self.sha256}"


def locked(lock: Lock) -> list[Locked]:
    parts = ((name, *text.split(" sha256:")) for name, text in sorted(lock.items()))
    return [Locked(name, version, digest) for name, version, digest in parts]


def for_image(python: str) -> tuple[str, ...]:
    """uv's options: wheels alone, since nothing can be built for another machine than this one."""
    platform = f"x86_64-manylinux_2_{NEWEST_GLIBC}"
    return ("--python-version", python, "--python-platform", platform, "--only-binary", ":all:", "--quiet")


def make_lock(requirements: Sequence[str], python: str, before: Lock, work: Work) -> Lock:
    """What was locked before stays as far as the requirements allow, so that a change changes what it names."""
    with tempfile.TemporaryDirectory(prefix="triton-serving-") as folder:
        wanted, lock = Path(folder, "requirements.in"), Path(folder, "pylock.toml")
        wanted.write_text("".join(f"{line}\n" for line in without_hashes(requirements)))
        if before:
            lock.write_text(_preferences(before))
        task = "choosing versions for the image of the environment"
        # From there and not from the program's folder: a project may have settings that are meant for itself.
        how = ("--directory", folder, *for_image(python), "--format", "pylock.toml", "--no-header")
        run_uv("pip", "compile", *how, "--output-file", lock, wanted, task=task, work=work)
        packages = tomllib.loads(lock.read_text()).get("packages", [])
    order = {tag: place for place, tag in enumerate(_tags(python))}
    hashes = given_hashes(requirements)
    chosen = [_choose(package, order, hashes.get(package["name"])) for package in packages]
    return {one.name: str(one) for one in chosen}


def _preferences(before: Lock) -> str:
    packages = (
        f'[[packages]]\nname = "{one.name}"\nversion = "{one.version}"\nwheels = []\n' for one in locked(before)
    )
    return 'lock-version = "1.0"\ncreated-by = "triton-serving"\n' + "".join(packages)


def _choose(package: Mapping[str, Any], order: Mapping[Tag, int], allowed: Sequence[str] | None) -> Locked:
    """The wheel that fits best, as an installer on the image would take it."""
    name, version = str(package["name"]), str(package.get("version", ""))
    wheels = [(_file_name(wheel), str(wheel["hashes"].get("sha256", ""))) for wheel in package.get("wheels", ())]
    ranked = sorted((rank, file, digest) for file, digest in wheels if (rank := _rank(file, order)) is not None)
    if not ranked:
        raise UserError(
            f"{name}=={version} has no wheel for the image (Python packages for x86_64 Linux); "
            "ask for a version that has one, or build one and publish it to your package index"
        )
    for _, _, digest in ranked:
        if digest and (allowed is None or f"sha256:{digest}" in allowed):
            return Locked(name, version, digest)
    if allowed is None:
        raise UserError(f"{name}=={version}: the package index gives no sha256 for its wheel; use one that does")
    raise UserError(
        f"{name}=={version}: no wheel for the image has one of the hashes that are asked for "
        f"(the index has sha256:{ranked[0][2]}); correct the hashes, or find out who changed the package"
    )


def _file_name(wheel: Mapping[str, Any]) -> str:
    return unquote(
        str(wheel.get("name") or urlsplit(str(wheel.get("url") or wheel.get("path"))).path.rpartition("/")[2])
    )


def _rank(file: str, order: Mapping[Tag, int]) -> int | None:
    tags = parse_wheel_filename(file)[3]
    return min((order[tag] for tag in tags if tag in order), default=None)


def _tags(python: str) -> Iterable[Tag]:
    version = tuple(map(int, python.split(".")))
    platforms = [
        name
        for minor in range(NEWEST_GLIBC, 4, -1)
        for name in (f"manylinux_2_{minor}_x86_64", *([f"{_ALIASES[minor]}_x86_64"] if minor in _ALIASES else []))
    ]
    interpreter = f"cp{python.replace('.', '')}"
    yield from cpython_tags(version, platforms=[*platforms, "linux_x86_64"])
    yield from compatible_tags(version, interpreter, [*platforms, "linux_x86_64"])
