"""Python files of the user, read without running them."""

import ast
import re
import sys
import warnings

from ..rules.problems import Problem
from ..rules.wording import shown

LARGEST_SOURCE = 1 << 20
"""Bytes; a larger file is taken as it is, since parsing takes two seconds for each of these."""
COMES_FROM_ELSEWHERE = re.compile(r"\bimport\s*\*|\b(?:exec|eval|setattr|globals|vars|__getattr__)\b")
"""What can give a module names that are not written in it."""
_NEWER_SYNTAX = re.compile(r"^\s*(?:type\s+\w+|def\s+\w+\s*\[|async\s+def\s+\w+\s*\[|class\s+\w+\s*\[)")


def parse(path: str, source: bytes) -> ast.Module | Problem | None:
    """The file's statements, or what is wrong with it; None where only the Python that will run it can tell."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stray backslash in the user's string is no news here
            return ast.parse(source)
    except (SyntaxError, ValueError) as error:
        return None if _may_be_newer(error) else _syntax(path, error)
    except (RecursionError, MemoryError):
        return None  # too deep for this parser; the other may have more room


def _syntax(path: str, error: SyntaxError | ValueError) -> Problem:
    line = error.lineno or None if isinstance(error, SyntaxError) else None  # 0 for an unknown encoding
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    return Problem(
        path,
        line,
        f"must be valid Python ({shown(said)})",
        "correct the file; python -m py_compile shows the place",
        "python-syntax",
    )


def _may_be_newer(error: SyntaxError | ValueError) -> bool:
    """Whether only this Python is too old: servers of 2026 run 3.12, which reads more f-strings and type parameters."""
    if sys.version_info >= (3, 12) or not isinstance(error, SyntaxError):
        return False
    return (error.msg or "").startswith("f-string") or bool(_NEWER_SYNTAX.match(error.text or ""))
