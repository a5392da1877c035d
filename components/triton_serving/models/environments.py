"""The packed Python environment of a Python model (EXECUTION_ENV_PATH): inside the model, and harmless to unpack.

Triton unpacks it with the server's rights when the model loads. Servers up to 2026 let entries leave the folder they
are unpacked into, so an archive that tries is refused here.
"""

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ..rules.problems import Problem
from ..rules.wording import shown
from .file_rules import MODEL_VARIABLE, is_inside
from .layout import ModelFolder
from .pbtxt import Config
from .tree import File, Tree

LARGEST_ARCHIVE = 256 << 20
"""Bytes on disk; looking through a compressed archive means unpacking it, about ten seconds for this size."""
LARGEST_CONTENT = 4 << 30
MOST_ENTRIES = 300_000
_NAME = "EXECUTION_ENV_PATH"
_PLACE = ("parameters", f"[{_NAME}]")


def environment_problems(config: Config, model: ModelFolder, tree: Tree) -> Iterator[Problem]:
    if _NAME not in config.message.parameters:
        return
    value = config.message.parameters[_NAME].string_value
    inner = value.removeprefix(MODEL_VARIABLE).lstrip("/")
    if not value.startswith(f"{MODEL_VARIABLE}/") or not is_inside(inner):
        yield config.problem(
            _PLACE,
            f"'EXECUTION_ENV_PATH' must lead into the model's folder (got '{shown(value)}')",
            f"pack the environment into the model's folder and write {MODEL_VARIABLE}/environment.tar.gz",
            "environment-outside",
        )
        return
    found = model.folder.find(inner)
    if found is None:
        yield config.problem(
            _PLACE,
            f"the environment must be there (found nothing at {model.folder.path}/{shown(inner)})",
            "put the archive there, or correct the path",
            "environment-missing",
        )
    elif isinstance(found, File) and found.size <= LARGEST_ARCHIVE:
        yield from archive_problems(found.path, tree.locate(found.path))


def environment_notices(config: Config, model: ModelFolder) -> Iterator[str]:
    if _NAME in config.message.parameters:
        value = config.message.parameters[_NAME].string_value
        found = model.folder.find(value.removeprefix(MODEL_VARIABLE))
        if isinstance(found, File) and found.size > LARGEST_ARCHIVE:
            yield f"{found.path}: too large to look into ({found.size:,} bytes); make sure that you trust its origin"


def archive_problems(path: str, file: Path) -> Iterator[Problem]:
    try:
        with tarfile.open(file, "r|*") as archive:
            links: set[PurePosixPath] = set()
            for number, member in enumerate(archive):
                if number > MOST_ENTRIES or archive.offset > LARGEST_CONTENT:
                    raise ValueError(f"holds more than {MOST_ENTRIES:,} entries or {LARGEST_CONTENT:,} bytes")
                if fault := _fault(member, links):
                    yield Problem(
                        path,
                        None,
                        "an environment's archive must only unpack below its own folder "
                        f"('{shown(member.name)}' {fault})",
                        "pack it again, with conda-pack or venv-pack",
                        "environment-escape",
                    )
                    return
    except (tarfile.TarError, EOFError, OSError, ValueError, zlib.error, lzma.LZMAError) as error:
        yield Problem(
            path,
            None,
            f"an environment must be a whole tar archive of sensible size ({shown(str(error))})",
            "pack it again as .tar.gz, and see whether the copy was cut",
            "environment-archive",
        )


def _fault(member: tarfile.TarInfo, links: set[PurePosixPath]) -> str | None:
    """What is wrong with one entry; `links` collects the symbolic links so far."""
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts:
        return "leaves it"
    if name in links or any(parent in links for parent in name.parents):
        return "is written through a link"
    if member.issym():
        links.add(name)
    elif member.islnk():
        target = PurePosixPath(member.linkname)
        if target.is_absolute() or ".." in target.parts or any(parent in links for parent in target.parents):
            return "is a hard link to the outside"
    elif not member.isfile() and not member.isdir():
        return "is a device or a pipe"
    return None
