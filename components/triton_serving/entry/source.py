"""The source folder of an entry script: read once, so that the preview shows every file and the service runs a copy."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..rules.problems import Problem


@dataclass(frozen=True)
class Source:
    root: Path
    entry: str
    """The entry script's path inside of it."""
    files: Mapping[str, str]
    """Each file's path with its size and fingerprint, as `models.changes.describe` writes them."""
    digest: str
    """Of all paths and contents: sha256:…"""


def read_source(entry_script: Path, source_directory: Path | None) -> tuple[Source | None, list[Problem]]:
    """The folder and all that is wrong with it and the script. The folder defaults to the script alone: just that one
    file; other modules are taken when their folder is named. Reads files, runs nothing."""
    raise NotImplementedError


def copy_source(source: Source, to: Path) -> None:
    """Copies the files, verifying that they are still what the digest says; raises `UserError` when not."""
    raise NotImplementedError
