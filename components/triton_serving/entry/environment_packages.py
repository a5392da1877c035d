"""What goes into a Python environment besides what was asked for, and what its lock says. Pure."""

import re
from collections.abc import Sequence
from importlib.metadata import version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

BASE = {"numpy": "numpy", "tritonclient": f"tritonclient[http]=={version('tritonclient')}"}
"""What Azure ML's curated Triton environment had installed, by name; tritonclient brings tritonhttpclient. A version
that the caller asks for stands instead."""
_FLOORS = {"azureml-defaults": "azureml-defaults>=1.50"}
"""Azure ML asked every environment for this package, mostly without a version. Its newer ones do not take the newest
NumPy, so a resolver goes back to that of 2019, which no Python of today can build."""
_HASH = " --hash="
_LOCKED = re.compile(r"^([a-z0-9-]+)==(\S+)((?: \\\n    --hash=\S+)+)", re.MULTILINE)


def with_base(requirements: Sequence[str]) -> list[str]:
    given = {_name(line) for line in requirements}
    own = [base.partition("==")[0] if name in given else base for name, base in BASE.items()]
    floors = [floor for name, floor in _FLOORS.items() if name in given]
    return sorted({*own, *requirements, *floors})


def without_hashes(requirements: Sequence[str]) -> list[str]:
    return [line.partition(_HASH)[0] for line in requirements]


def with_given_hashes(lock: str, requirements: Sequence[str]) -> str:
    """The lock with the caller's hashes in place of the index's, so that no other file can be installed."""
    given = given_hashes(requirements)

    def pinned(found: re.Match[str]) -> str:
        name, version, hashes = found.groups()
        if name in given:
            hashes = "".join(f" \\\n    --hash={one}" for one in given[name])
        return f"{name}=={version}{hashes}"

    return _LOCKED.sub(pinned, lock)


def installed(lock: str) -> tuple[str, ...]:
    """name==version of each, sorted."""
    return tuple(sorted(f"{name}=={version}" for name, version, _ in _LOCKED.findall(lock)))


def given_hashes(requirements: Sequence[str]) -> dict[str, list[str]]:
    """The caller's own hashes, by the package's name."""
    return {_name(line): line.split(_HASH)[1:] for line in requirements if _HASH in line}


def _name(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement.partition(_HASH)[0]).name)
