"""Where the Triton repository lies in a registered folder, and which models and versions it holds.

Two levels are accepted, as they were by Azure ML: the registered folder contains a folder `triton`, which is the
repository (`models/triton/<model>/<version>/…`), or the registered folder is the repository itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..rules.problems import Problem
from ..rules.wording import shown
from .tree import File, Tree

CONFIG = "config.pbtxt"
HIGHEST_VERSION = 2**63 - 1
WINDOWS_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)

_MODEL_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_VERSION = re.compile(r"[1-9][0-9]*")
_READ_AS_NUMBER = re.compile(r"\s*[+-]?[0-9]")
"""Triton reads a name up to its first non-digit and then opens the plain number: '2_old' makes it look for '2'."""
_MEANT_AS_VERSION = re.compile(r"(v|ver|version)[ ._-]?[0-9]+|\d+", re.IGNORECASE)


@dataclass
class Folder:
    """One folder of the tree with what lies directly in it."""

    path: str
    folders: dict[str, "Folder"] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)

    def find(self, path: str) -> "Folder | File | None":
        """What a path below this folder leads to; it never leaves the folder."""
        here: Folder = self
        *parents, name = [part for part in path.split("/") if part not in ("", ".")] or [""]
        for part in parents:
            if part not in here.folders:
                return None
            here = here.folders[part]
        return here.files.get(name) or here.folders.get(name)


@dataclass(frozen=True)
class ModelFolder:
    name: str
    folder: Folder
    versions: tuple[int, ...]
    """Every version there is, ascending."""

    @property
    def config_path(self) -> str:
        return f"{self.folder.path}/{CONFIG}"

    def version(self, number: int) -> Folder:
        return self.folder.folders[str(number)]


@dataclass(frozen=True)
class Layout:
    models: tuple[ModelFolder, ...]
    problems: tuple[Problem, ...]


def read_layout(tree: Tree) -> Layout:
    root = _index(tree)
    repository = _repository(root)
    problems = list(_level_problems(root, repository))
    if problems:
        return Layout((), tuple(problems))
    models: list[ModelFolder] = []
    for name, folder in sorted(repository.folders.items()):
        versions, version_problems = _versions(folder)
        problems += version_problems
        if versions or CONFIG in folder.files:  # what is no model at all has to go, whatever its name
            problems += _name_problems(name, folder)
        if versions:
            models.append(ModelFolder(name, folder, versions))
    return Layout(tuple(models), tuple(problems))


def _index(tree: Tree) -> Folder:
    folders = {path: Folder(path) for path in tree.directories}
    for path, folder in folders.items():
        parent, _, name = path.rpartition("/")
        if parent:
            folders[parent].folders[name] = folder
    for file in tree.files:
        parent, _, name = file.path.rpartition("/")
        folders[parent].files[name] = file
    return folders[tree.root.name]


def _repository(root: Folder) -> Folder:
    """The folder `triton`, unless that is itself a model that happens to have this name."""
    inner = root.folders.get("triton")
    return root if inner is None or _is_model(inner) else inner


def _is_model(folder: Folder) -> bool:
    """A model, and not a folder of models: one of those may be called '2', and a lost config.pbtxt may lie beside."""
    return _looks_like_model(folder) and not any(map(_looks_like_model, folder.folders.values()))


def _looks_like_model(folder: Folder) -> bool:
    return CONFIG in folder.files or any(map(_VERSION.fullmatch, folder.folders))


def _level_problems(root: Folder, repository: Folder) -> Iterator[Problem]:
    if _is_model(repository):
        yield Problem(
            repository.path,
            None,
            "a folder of models must be registered (this is a single model: it holds versions or a config.pbtxt)",
            "register its parent folder, or move the model one level down",
            "layout-level",
        )
    elif not repository.folders:
        yield Problem(
            repository.path,
            None,
            "there must be at least one model folder (found none)",
            f"put each model into {repository.path}/<model>/<version>/",
            "layout-empty",
        )
    elif repository is root:
        deeper = [folder.path for folder in root.folders.values() if "triton" in folder.folders]
        if deeper and not any(_is_model(folder) for folder in root.folders.values()):
            yield Problem(
                root.path,
                None,
                f"the folder 'triton' must lie directly in the registered folder (found {min(deeper)}/triton)",
                f"register {min(deeper)}",
                "layout-level",
            )


def _name_problems(name: str, folder: Folder) -> Iterator[Problem]:
    if not _MODEL_NAME.fullmatch(name):
        yield Problem(
            folder.path,
            None,
            f"a model's name must have only ASCII letters, digits, '.', '_' and '-', the first no '.' or '-' "
            f"(got '{shown(name)}'): it stands in URLs, and Triton passes it to a shell",
            "rename the folder, and 'name' in its config.pbtxt",
            "model-name",
        )
    elif name.split(".")[0].lower() in WINDOWS_DEVICES:
        yield Problem(
            folder.path,
            None,
            f"a model's name must not be a device of Windows (got '{name}'): such a folder cannot be checked out there",
            "rename the folder, and 'name' in its config.pbtxt",
            "model-name",
        )


def _versions(folder: Folder) -> tuple[tuple[int, ...], list[Problem]]:
    versions: list[int] = []
    problems: list[Problem] = []
    for name in sorted(folder.folders):
        if _VERSION.fullmatch(name) and len(name) <= 19 and int(name) <= HIGHEST_VERSION:
            versions.append(int(name))
        elif _READ_AS_NUMBER.match(name) or _MEANT_AS_VERSION.fullmatch(name):
            limit = f" and at most {HIGHEST_VERSION:,}" if _VERSION.fullmatch(name) else ""
            problems.append(
                Problem(
                    f"{folder.path}/{name}",
                    None,
                    f"a version's folder must be a whole number, at least 1{limit}, in plain digits without leading "
                    f"zeros (got '{shown(name)}'): Triton ignores other names, hangs or dies on them",
                    "rename the folder to 1, 2, 3 …, or start its name with a letter if it is no version",
                    "version-name",
                )
            )
    if not versions and not problems:
        problems.append(_no_version(folder))
    return tuple(sorted(versions)), problems


def _no_version(folder: Folder) -> Problem:
    if folder.files or not folder.folders:
        found = ", ".join(sorted(folder.files)[:3]) or "nothing"
        move = "move this folder out of the repository"
        may_be_meant = _MODEL_NAME.fullmatch(folder.path.rpartition("/")[2])
        return Problem(
            folder.path,
            None,
            f"every folder of the repository must be a model with a version folder (holds {shown(found)})",
            f"put the model's file into {folder.path}/1/, or {move}" if may_be_meant else move,
            "version-missing",
        )
    return Problem(
        folder.path,
        None,
        "every folder of the repository must be a model with a version folder, and Triton stops at this one "
        f"(holds the folders {shown(', '.join(sorted(folder.folders)[:3]))})",
        "move this folder out of the repository, or give the model a folder named 1",
        "version-missing",
    )
