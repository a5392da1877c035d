"""What files and folders may be called, so that every machine, every image and every log can hold their names."""

import re
import unicodedata

from ..rules.problems import Problem
from ..rules.wording import printable, shown

LONGEST_PATH = 1024
"""Bytes, the registered folder's name included; container runtimes and tar readers differ beyond."""
LONGEST_ROOT = 100
_ROOT_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


def name_problem(name: str, path: str) -> Problem | None:
    """Why an entry of this name cannot be taken in at all."""
    place = printable(path)
    if not name.isascii():
        try:
            name.encode()
        except UnicodeEncodeError:
            remedy = "rename it; convmv renames whole folders"
            return Problem(place, None, "a name must be UTF-8", remedy, "name-encoding")
    if not name.isprintable():
        message = "a name must consist of visible characters (has control or invisible ones)"
        return Problem(place, None, message, "rename it", "name-characters")
    if name.startswith(".wh."):
        message = "a name must not start with .wh., which means a deletion inside an image"
        return Problem(place, None, message, "rename it", "name-whiteout")
    if len(path) > LONGEST_PATH // 4 and len(path.encode()) > LONGEST_PATH:
        message = f"a path must have at most {LONGEST_PATH:,} bytes (has {len(path.encode()):,})"
        return Problem(place, None, message, "shorten the names or nest less deeply", "path-length")
    return None


def twin_problem(name: str, path: str, seen: dict[str, str]) -> Problem | None:
    """`seen` is of one folder, and grows: its names so far, by what a machine that knows no case makes of them."""
    folded = name.lower() if name.isascii() else unicodedata.normalize("NFC", name.casefold())
    twin = seen.setdefault(folded, name)
    if twin == name:
        return None
    return Problem(
        printable(path),
        None,
        f"two names in a folder must differ in more than case or accents' spelling (also found {shown(twin)})",
        "rename one: on macOS and Windows they would be one file",
        "name-case",
    )


def root_name_problem(name: str, place: str) -> Problem | None:
    """The registered folder's name stands in paths, URLs and logs."""
    if _ROOT_NAME.fullmatch(name) and len(name) <= LONGEST_ROOT:
        return None
    return Problem(
        place,
        None,
        f"the registered folder's name must have 1 to {LONGEST_ROOT} ASCII letters, digits, '.', '_' or '-', "
        f"the first no '.' or '-' (got '{place}')",
        "rename the folder; its name is part of every path below AZUREML_MODEL_DIR",
        "directory-name",
    )
