"""Which files a new version adds, changes and removes, in the words of a preview."""

from collections.abc import Mapping
from dataclasses import dataclass

_MOST_NAMED = 12  # a preview stays readable in a pull request; --diff names them all

Listing = dict[str, str]
"""Path to size and fingerprint as text: what the state keeps of each file and previews show."""


def describe(size: int, fingerprint: str) -> str:
    return f"{size:,} bytes, sha256 {fingerprint.removeprefix('sha256:')[:16]}"


@dataclass(frozen=True)
class FileChanges:
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def compare(old: Mapping[str, str], new: Mapping[str, str]) -> FileChanges:
    return FileChanges(
        added=tuple(sorted(new.keys() - old.keys())),
        changed=tuple(sorted(path for path in old.keys() & new.keys() if old[path] != new[path])),
        removed=tuple(sorted(old.keys() - new.keys())),
    )


def tell(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """A line a file, with sizes: what a reviewer reads without asking for the full diff."""
    changes = compare(old, new)
    lines = [
        *(f"+ {path} ({_size(new[path])})" for path in changes.added),
        *(f"~ {path} ({_size(old[path])} -> {_size(new[path])})" for path in changes.changed),
        *(f"- {path} ({_size(old[path])})" for path in changes.removed),
    ]
    if len(lines) > _MOST_NAMED:
        lines = [*lines[:_MOST_NAMED], f"… and {len(lines) - _MOST_NAMED:,} more"]
    kinds = (("added", changes.added), ("changed", changes.changed), ("removed", changes.removed))
    head = ", ".join(f"{len(paths):,} {kind}" for kind, paths in kinds if paths)
    return "\n".join([f"files: {head}", *lines])


def _size(description: str) -> str:
    return description.rpartition(", sha256 ")[0]
