"""What toolchain.toml pins, and comparing versions with it."""

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def pins(program: str) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "toolchain.toml").read_text())[program]
    return table


def version_in(text: str) -> tuple[int, ...] | None:
    """The first x.y.z (or x.y) in what a program says about itself."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part or 0) for part in found.groups()) if found else None


def new_enough(version: tuple[int, ...], minimum: str) -> bool:
    """A later major version is not: it may have changed anything."""
    least = version_in(minimum)
    return least is not None and version[0] == least[0] and version >= least
