"""The source folder of an entry script: read once, so that the preview shows every file and the service runs a copy."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..models.changes import describe
from ..models.file_rules import is_inside
from ..models.ignored import is_ignored, why_ignored
from ..models.tree import Tree, walk_tree
from ..rules.problems import Problem, UserError, in_order
from ..rules.wording import printable, shown
from .script_rules import script_problems

LARGEST_FOLDER = 300_000_000
MOST_FILES = 2_000
"""Azure ML's limits for the folder of an entry script."""


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
    problems: list[Problem] = []
    if source_directory is None:
        root, entry = entry_script.absolute().parent, entry_script.name
        paths = [entry]
    else:
        root, entry = source_directory.resolve(), str(entry_script)
        if not root.is_dir():
            message = f"the source directory must be a folder ({shown(str(source_directory))} is none)"
            return None, [Problem("sourceDirectory", None, message, "check the path", "source-directory")]
        tree, problems = walk_tree(root)
        paths = [file.path.removeprefix(f"{root.name}/") for file in tree.files]
        problems += _size_problems(tree)
    problems += _entry_problems(root, entry, str(entry_script), source_directory)
    if problems:
        return None, sorted(problems, key=in_order)
    try:
        files, digest = fingerprints(root, paths)
    except OSError as error:
        return None, [_unreadable(printable(str(error.filename)), error)]
    return Source(root, entry, files, digest), []


def copy_source(source: Source, to: Path) -> None:
    """Copies the files, verifying that they are still what the digest says; raises `UserError` when not."""
    part = to.with_name(f"{to.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # of a run that was killed
    try:
        for path in source.files:
            copy = part / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source.root / path, copy)
        # The copies are read, not the originals: what is verified is what will run.
        changed = fingerprints(part, source.files)[1] != source.digest
        if not changed:
            part.rename(to)
    except (FileNotFoundError, shutil.SpecialFileError):
        changed = True
    except OSError as error:
        raise UserError(f"{error.filename}: cannot be copied ({error.strerror}); the service runs a copy") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    if changed:
        raise UserError(
            f"{source.root / source.entry}: the script's files changed while they were deployed; "
            "wait until nothing writes to them, then run the same command again"
        )


def fingerprints(root: Path, paths: Iterable[str]) -> tuple[dict[str, str], str]:
    """Each file's description, and the digest of all."""
    files: dict[str, str] = {}
    whole = hashlib.sha256()
    for path in sorted(paths):
        with (root / path).open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
            status = os.fstat(file.fileno())
        executable = ", executable" if status.st_mode & 0o100 else ""
        files[path] = describe(status.st_size, content) + executable
        whole.update(f"{content}{executable} {path}\0".encode())
    return files, f"sha256:{whole.hexdigest()}"


def _size_problems(tree: Tree) -> Iterator[Problem]:
    remedy = "name a folder that holds only what the script needs; large data belongs to the model directory"
    size = sum(file.size for file in tree.files)
    if size > LARGEST_FOLDER:
        message = f"a source directory must have at most {LARGEST_FOLDER:,} bytes (has {size:,})"
        yield Problem(printable(tree.root.name), None, message, remedy, "source-size")
    if len(tree.files) > MOST_FILES:
        message = f"a source directory must have at most {MOST_FILES:,} files (has {len(tree.files):,})"
        yield Problem(printable(tree.root.name), None, message, remedy, "source-files")


def _entry_problems(root: Path, entry: str, given: str, source_directory: Path | None) -> Iterator[Problem]:
    place = printable(given)
    if source_directory is not None and not is_inside(entry):
        yield Problem(
            place,
            None,
            f"an entry script must lie in the source directory, and its path count from there ({root})",
            "write the path from there, such as score.py or src/score.py",
            "entry-outside",
        )
        return
    if not entry.endswith(".py"):
        message = "an entry script must be a Python file, whose name ends in .py"
        yield Problem(place, None, message, "name the file with init() and run()", "entry-name")
        return
    left_out = [part for part in Path(entry).parts if is_ignored(part)]
    if left_out:
        message = f"an entry script must not lie in what is left out ({shown(left_out[0])}: {why_ignored(left_out[0])})"
        yield Problem(place, None, message, "rename or move it", "entry-left-out")
        return
    script = root / entry
    if not script.is_file():
        kind = "is not a file" if script.exists() else f"found nothing at {shown(str(script))}"
        remedy = "correct the path" + ("; it counts from the source directory" if source_directory else "")
        yield Problem(place, None, f"the entry script must be there ({kind})", remedy, "entry-missing")
        return
    if (size := script.stat().st_size) > LARGEST_FOLDER:
        message = f"an entry script must have at most {LARGEST_FOLDER:,} bytes (has {size:,})"
        yield Problem(place, None, message, "write the file with init() and run() again", "entry-size")
        return
    try:
        yield from script_problems(place, script.read_bytes())
    except OSError as error:
        yield _unreadable(place, error)


def _unreadable(place: str, error: OSError) -> Problem:
    reason = error.strerror or type(error).__name__
    return Problem(place, None, f"every file must be readable ({reason})", "run chmod u+r on it", "unreadable")
