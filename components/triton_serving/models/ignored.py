"""What never becomes part of a model version: litter of editors, caches, version control and desktops.

Triton takes every folder of a repository for a model, so one forgotten `.git` keeps it from starting; and caches change
with every run, which would give the same model another digest. A name in this table is left out wherever it appears and
whatever it is; it is not even opened. Everything else is kept, other hidden files included.
"""

import re
from fnmatch import translate

IGNORED: dict[str, str] = {
    ".git": "version control",
    ".gitattributes": "version control",
    ".gitignore": "version control",
    ".gitkeep": "version control; an empty folder is kept without it",
    ".gitmodules": "version control",
    ".hg": "version control",
    ".svn": "version control",
    ".DS_Store": "macOS desktop",
    "._*": "macOS desktop",
    "__MACOSX": "macOS desktop",
    ".directory": "KDE desktop",
    "Thumbs.db": "Windows desktop",
    "desktop.ini": "Windows desktop",
    "lost+found": "root of a Linux disk",
    ".nfs*": "a file deleted on a network disk while it was open",
    "__pycache__": "Python cache",
    ".ipynb_checkpoints": "Jupyter cache",
    ".mypy_cache": "type checker's cache",
    ".pytest_cache": "test cache",
    ".ruff_cache": "linter's cache",
    ".idea": "editor settings",
    ".vscode": "editor settings",
    "*~": "editor backup",
    "*.swp": "Vim swap file",
    "*.swo": "Vim swap file",
    "#*#": "Emacs autosave",
    ".#*": "Emacs lock",
}

_PATTERNS = [(re.compile(translate(pattern)), reason) for pattern, reason in IGNORED.items() if "*" in pattern]
_PATTERN = re.compile("|".join(pattern.pattern for pattern, _ in _PATTERNS))


def is_ignored(name: str) -> bool:
    return name in IGNORED or _PATTERN.match(name) is not None


def why_ignored(name: str) -> str:
    return IGNORED.get(name) or next(reason for pattern, reason in _PATTERNS if pattern.match(name))
