"""The entry script: imported once per worker, its init() called once, its run() looked at before any request comes.

A script that cannot be served is told now, with file, line and cause, and not by every request.
"""

import asyncio
import importlib.util
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from types import ModuleType
from typing import Any

from . import azureml
from .start_failure import StartFailure, because_of

MODULE = "entry_module"
"""What azmlinfsrv called it."""
HEADERS = "request_headers"
"""A parameter of this name gets the request's headers, besides the input."""


class Kind(Enum):
    """What run() takes."""

    TEXT = auto()
    RAW = auto()
    SCHEMA = auto()


@dataclass(frozen=True)
class Script:
    run: Callable[..., Any]
    kind: Kind
    parameters: tuple[inspect.Parameter, ...]
    """Those for the input; only a schema has more than one."""
    wants_headers: bool
    awaits: bool
    """run() is a coroutine function."""
    runner: asyncio.Runner
    """Where coroutines of the script run, one event loop for all."""

    def call(self, arguments: dict[str, Any]) -> Any:
        result = self.run(**arguments)
        return self.runner.run(result) if inspect.iscoroutine(result) else result


def load(path: Path, runner: asyncio.Runner) -> Script:
    """Imports the script and calls its init(); raises StartFailure."""
    module = _import(path)
    init, run = _function(module, "init", path), _function(module, "run", path)
    # Scripts that Azure's SDK generated call the user's own, which they hold under this name.
    driven = getattr(module, "driver_module", None)
    if isinstance(driven, ModuleType) and hasattr(driven, "run"):
        run = driven.run
    script = _examine(run, path, runner)
    _call_init(init, path, runner)
    return script


def _import(path: Path) -> ModuleType:
    if not path.is_file():
        raise StartFailure(f"there is no entry script at {path}")
    spec = importlib.util.spec_from_file_location(MODULE, path)
    if spec is None or spec.loader is None:
        raise StartFailure(f"{path}: an entry script is a Python file, whose name ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module  # pickle and dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        raise because_of(error, "importing it", path) from error
    return module


def _function(module: ModuleType, name: str, path: Path) -> Callable[..., Any]:
    function = getattr(module, name, None)
    if not callable(function):
        told = "is not a function" if hasattr(module, name) else "is missing"
        raise StartFailure(f"{path}: {name}() {told}: an entry script has the functions init() and run()")
    return function  # type: ignore[no-any-return]  # callable() does not say what is returned


def _examine(run: Callable[..., Any], path: Path, runner: asyncio.Runner) -> Script:
    inner = inspect.unwrap(run)
    code = getattr(inner, "__code__", None)
    place = f"{path}, line {code.co_firstlineno}" if code and code.co_filename == str(path) else str(path)
    parameters = inspect.signature(run).parameters.values()
    if strange := [str(one) for one in parameters if one.kind not in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]:
        raise StartFailure(f"{place}: run() has {', '.join(strange)}: it is called with its parameters by name")
    inputs = tuple(one for one in parameters if one.name != HEADERS)
    if not inputs:
        raise StartFailure(f"{place}: run() needs a parameter for the input")
    if inspect.isasyncgenfunction(inner) or inspect.isgeneratorfunction(inner):
        raise StartFailure(f"{place}: run() is a generator: let it return its result instead of yielding parts")
    kind = _kind(run, place)
    needed = [one.name for one in inputs[1:] if one.default is one.empty]
    if kind is not Kind.SCHEMA and needed:
        raise StartFailure(
            f"{place}: run() needs {', '.join(needed)} besides {inputs[0].name}, and gets only one input"
        )
    wants_headers = any(one.name == HEADERS for one in parameters)
    return Script(run, kind, inputs, wants_headers, inspect.iscoroutinefunction(inner), runner)


def _kind(run: Callable[..., Any], place: str) -> Kind:
    has_schema = hasattr(run, "__wrapped__") and "inference_schema" in sys.modules and _has_schema(run)
    # Any function marked makes the script raw, as it always did: other decorators may stand between the mark and run.
    if azureml.asked_for_raw and has_schema:
        raise StartFailure(f"{place}: run() has both @rawhttp and a schema: which is its input?")
    if azureml.asked_for_raw:
        return Kind.RAW
    return Kind.SCHEMA if has_schema else Kind.TEXT


def _has_schema(run: Callable[..., Any]) -> bool:
    from inference_schema.schema_util import is_schema_decorated

    return bool(is_schema_decorated(run))


def _call_init(init: Callable[..., Any], path: Path, runner: asyncio.Runner) -> None:
    try:
        result = init()
        if inspect.iscoroutine(result):
            result = runner.run(result)
    except BaseException as error:
        raise because_of(error, "init()", path) from error
    if result is False:
        raise StartFailure(f"{path}: init() returned False")
