"""Models written in Python: whether the server can import the file, as far as can be told without running it.

Only what is sure is refused. A class that is imported, assigned, inherited or made in an `if` serves well, so the file
is asked whether it mentions what Triton needs at all, not where.
"""

import ast
import re
import sys
import warnings
from collections.abc import Iterator

from ..rules.problems import Problem
from ..rules.wording import shown

LARGEST_SOURCE = 1 << 20
"""Bytes; a larger file is taken as it is, since parsing takes two seconds for each of these."""

_COMES_FROM_ELSEWHERE = re.compile(r"\bimport\s*\*|\b(?:exec|eval|setattr|globals|vars|__getattr__)\b")
_NEWER_SYNTAX = re.compile(r"^\s*(?:type\s+\w+|def\s+\w+\s*\[|async\s+def\s+\w+\s*\[|class\s+\w+\s*\[)")


def completes(source: bytes) -> bool:
    """Whether the model tells its inputs and outputs itself, so that config.pbtxt may lack them."""
    return b"auto_complete_config" in source or b"import *" in source


def source_problems(path: str, source: bytes) -> Iterator[Problem]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stray backslash in the user's string is no news here
            module = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        if not _may_be_newer(error):
            yield _syntax(path, error)
        return
    except (RecursionError, MemoryError):
        return  # too deep for this parser; Triton's Python may have more room
    text = source.decode("utf-8", "replace")
    if _COMES_FROM_ELSEWHERE.search(text):
        return
    if "TritonPythonModel" not in text:
        yield Problem(
            path,
            None,
            "a Python model must have a class TritonPythonModel (the file does not mention it)",
            "name the model's class TritonPythonModel, or import it under this name",
            "python-model-class",
        )
        return
    for statement in module.body:
        if isinstance(statement, ast.ClassDef) and statement.name == "TritonPythonModel":
            yield from _class_problems(path, statement, text)


def _class_problems(path: str, model: ast.ClassDef, text: str) -> Iterator[Problem]:
    if model.bases or model.keywords or model.decorator_list:
        return
    if not re.search(r"\bexecute\b", text):
        yield Problem(
            path,
            model.lineno,
            "a Python model must have a method execute (Triton would report it ready and fail every request)",
            "add def execute(self, requests)",
            "python-model-method",
        )
    for method in model.body:
        if (
            isinstance(method, ast.FunctionDef)
            and method.name in ("initialize", "execute")
            and not method.decorator_list
            and not method.args.vararg
            and len(method.args.posonlyargs) + len(method.args.args) < 2
        ):
            given = "args" if method.name == "initialize" else "requests"
            yield Problem(
                path,
                method.lineno,
                f"{method.name} must take what Triton gives it",
                f"write def {method.name}(self, {given})",
                "python-model-method",
            )


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
