"""Models written in Python: whether the server can import the file, as far as can be told without running it.

Only what is sure is refused. A class that is imported, assigned, inherited or made in an `if` serves well, so the file
is asked whether it mentions what Triton needs at all, not where.
"""

import ast
import re
from collections.abc import Iterator

from ..rules.problems import Problem
from .python_source import COMES_FROM_ELSEWHERE, parse


def completes(source: bytes) -> bool:
    """Whether the model tells its inputs and outputs itself, so that config.pbtxt may lack them."""
    return b"auto_complete_config" in source or b"import *" in source


def source_problems(path: str, source: bytes) -> Iterator[Problem]:
    module = parse(path, source)
    if isinstance(module, Problem):
        yield module
    if not isinstance(module, ast.Module):
        return
    text = source.decode("utf-8", "replace")
    if COMES_FROM_ELSEWHERE.search(text):
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
