"""The files of a model directory, or of a script's folder: what is in it, what is left out, what is refused."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ..rules.problems import Problem, in_order
from ..rules.wording import printable, shown
from .ignored import is_ignored
from .name_rules import name_problem, root_name_problem, twin_problem

MOST_ENTRIES = 500_000
"""About four seconds of looking; beyond, it is a data set and not a model."""
SPARSE_FROM = 1 << 30
SPARSE_SHARE = 100
"""A file of 1 GiB or more with less than a hundredth of it on disk was never written; no compression gets there."""


@dataclass(frozen=True, order=True)
class File:
    path: str
    """POSIX path inside the image, starting with the registered folder's name: models/triton/digits/1/model.onnx."""
    size: int
    stamp: tuple[int, int, int, int]
    """Device, inode, mtime_ns, ctime_ns: as long as size and stamp stand, the bytes are taken to be the same."""


@dataclass(frozen=True)
class Tree:
    root: Path
    """The registered folder on this machine; its own name is the first part of every path below."""
    directories: tuple[str, ...]
    """Every folder that is kept, the root's own included, sorted; empty ones matter (an ensemble's version folder)."""
    files: tuple[File, ...]
    """Every file that is kept, sorted by path."""
    ignored: tuple[str, ...]
    """What the ignore rules left out, sorted: editor and cache litter."""

    def locate(self, path: str) -> Path:
        """Where a path of this tree lies on this machine."""
        return self.root.parent / path


def read_tree(directory: Path) -> tuple[Tree, list[Problem]]:
    """Walks the registered folder without opening a single file, so nothing in it can make this hang.

    A hard link is fine: what counts is the bytes, package stores and checkouts link for good reasons, and the copy in
    the image is a file of its own. A symbolic link is not: what it leads to can change, or lie outside, unseen in a
    review. Only the registered folder itself may be one: the user names it.
    """
    root = directory.resolve() if directory.name in ("", "..") else directory.absolute()
    problems = list(_root_problems(root))
    return (Tree(root, (), (), ()), problems) if problems else walk_tree(root)


def walk_tree(root: Path) -> tuple[Tree, list[Problem]]:
    """The same for any folder that is there, whatever its name: an absolute path."""
    walk = _Walk()
    walk.run(root)
    return (
        Tree(root, tuple(sorted(walk.directories)), tuple(sorted(walk.files)), tuple(sorted(walk.ignored))),
        sorted(walk.problems, key=in_order),
    )


@dataclass
class _Walk:
    directories: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    entries: int = 0

    def run(self, root: Path) -> None:
        waiting = [(str(root), root.name)]
        while waiting:
            location, path = waiting.pop()
            self.directories.append(path)
            waiting.extend(self._folder(location, path))
            if self.entries > MOST_ENTRIES:
                self._refuse(
                    root.name,
                    f"the folder must hold at most {MOST_ENTRIES:,} files and folders (stopped counting there)",
                    "pack data files into an archive, or keep them in another folder",
                    "file-count",
                )
                return

    def _folder(self, location: str, path: str) -> Iterator[tuple[str, str]]:
        """Looks at one folder's entries; gives the folders to go on with."""
        seen: dict[str, str] = {}
        try:
            with os.scandir(location) as listing:
                entries = sorted(islice(listing, MOST_ENTRIES + 1), key=lambda entry: entry.name)
        except OSError as error:
            self._unreadable(path, "folder", error)
            return
        for entry in entries:
            self.entries += 1
            if self.entries > MOST_ENTRIES:
                return
            inner = f"{path}/{entry.name}"
            if is_ignored(entry.name):
                self.ignored.append(printable(inner))
            elif self._name_is_fine(entry.name, inner, seen) and self._entry(entry, inner):
                yield entry.path, inner

    def _entry(self, entry: os.DirEntry[str], path: str) -> bool:
        """Takes one entry into the tree; says whether it is a folder to look into."""
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            self._unreadable(path, "file", error)
            return False
        if stat.S_ISDIR(status.st_mode):
            return True
        if not stat.S_ISREG(status.st_mode):
            self._special(path, entry, status.st_mode)
            return False
        if status.st_mode & (stat.S_ISUID | stat.S_ISGID):
            self._refuse(
                path,
                f"a file must not run with its owner's rights (mode {stat.S_IMODE(status.st_mode):04o})",
                "run chmod ug-s on it",
                "file-mode",
            )
        if not os.access(entry.path, os.R_OK):
            self._unreadable(path, "file", PermissionError(0, "no permission to read it"))
        blocks = getattr(status, "st_blocks", None)  # Windows does not count them
        if status.st_size >= SPARSE_FROM and blocks is not None and blocks * 512 * SPARSE_SHARE < status.st_size:
            self._refuse(
                path,
                f"a file's content must be on disk (claims {status.st_size:,} bytes, has {blocks * 512:,})",
                "write the file again in full; this one is sparse, as after a cut download",
                "file-sparse",
            )
        stamp = (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
        self.files.append(File(path, status.st_size, stamp))
        return False

    def _special(self, path: str, entry: os.DirEntry[str], mode: int) -> None:
        if stat.S_ISLNK(mode):
            self._refuse(
                path,
                f"must not be a symbolic link (leads to {_target(entry)})",
                "put the file itself there; cp --recursive --dereference copies a whole folder that way",
                "link",
            )
            return
        kinds = {stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
        kind = kinds.get(stat.S_IFMT(mode), "a device")
        self._refuse(path, f"must be a file or a folder (is {kind})", "remove it", "file-kind")

    def _name_is_fine(self, name: str, path: str, seen: dict[str, str]) -> bool:
        unfit = name_problem(name, path)
        problem = unfit or twin_problem(name, path, seen)
        if problem:
            self.problems.append(problem)
        return unfit is None

    def _unreadable(self, path: str, kind: str, error: OSError) -> None:
        reason = error.strerror or type(error).__name__
        self._refuse(path, f"every {kind} must be readable ({reason})", "run chmod u+rX on it", "unreadable")

    def _refuse(self, path: str, message: str, remedy: str, rule: str) -> None:
        self.problems.append(Problem(printable(path), None, message, remedy, rule))


def _target(entry: os.DirEntry[str]) -> str:
    try:
        return shown(str(Path(entry.path).readlink()))
    except OSError:
        return "an unreadable target"


def _root_problems(root: Path) -> Iterator[Problem]:
    """The registered folder itself: there, a folder, and with a name that can stand in paths, URLs and logs."""
    place = shown(root.name or str(root))
    try:
        mode = root.stat().st_mode
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        yield Problem(
            place,
            None,
            f"the model directory must exist ({shown(str(root))}: {reason})",
            "check the path",
            "directory",
        )
        return
    if not stat.S_ISDIR(mode):
        yield Problem(
            place,
            None,
            f"a model directory must be a folder ({shown(str(root))} is none)",
            "name the folder that contains the models",
            "directory",
        )
    elif problem := root_name_problem(root.name, place):
        yield problem
