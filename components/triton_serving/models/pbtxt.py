"""Reads config.pbtxt with Triton's own definition of it, and finds the line of any of its settings."""

import importlib.util
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from google.protobuf import text_format

from ..rules.problems import Problem
from ..rules.wording import shown
from .config_lines import Place, find_lines
from .config_recovery import QUOTED_OR_COMMENT, without_setting
from .config_syntax import syntax_problem

MOST_FAULTS = 20
"""Faults of reading that are told of one file: each costs another reading."""
LARGEST_CONFIG = 4 << 20
"""Bytes. Ensembles of thousands of steps stay below 2 MiB; reading 4 MiB takes about three seconds."""

_FOREIGN = re.compile(r"[^\t\n\v\f\r -~]")
_SPACED_MINUS = re.compile(rf"({QUOTED_OR_COMMENT.pattern})|-[ \t]+(?=[0-9.])")
"""Outside group 1: '- 1', which Triton's parser takes for -1 and this one refuses."""
_LENIENT_NUMBER = re.compile(r"(?<![\w.+-])(?:\+[0-9]|[+-]?[0-9]+_)")
"""Numbers that this parser would take and Triton's does not: +8 and 1_000."""
_ESCAPE = re.compile(r"\\(?:[abfnrtv?\\'\"0-7uU]|[xX][0-9A-Fa-f])|(\\.)")
"""Group 1: an escape that this parser would take and Triton's does not, such as \\q."""


@cache
def definitions() -> ModuleType:
    """The module model_config_pb2 of the installed Triton client.

    Loaded by its file, because importing it by name imports `tritonclient.grpc`, and with that gRPC and NumPy.
    """
    client = importlib.util.find_spec("tritonclient")
    if client is None or not client.submodule_search_locations:
        raise ImportError("the package tritonclient is not installed")
    file = Path(client.submodule_search_locations[0], "grpc", "model_config_pb2.py")
    spec = importlib.util.spec_from_file_location("triton_model_config", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {file}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Config:
    path: str
    """The file's path in the tree."""
    text: str
    message: Any
    """An inference.ModelConfig; its class is made at run time, so a type checker knows nothing about it."""

    def problem(self, keys: Place, message: str, remedy: str, rule: str) -> Problem:
        """A problem at a setting: ("input", 0, "dims", 2); a map's entry is named by its key, ("parameters", "[X]")."""
        return Problem(self.path, self._line(keys), message, remedy, rule)

    def says(self, keys: Place) -> bool:
        """Whether the file itself sets this, be it to the value that it has anyway."""
        return str(keys[-1]) in self.text and keys in self._lines

    def _line(self, keys: Place) -> int | None:
        while keys:
            if keys in self._lines:
                return self._lines[keys]
            keys = keys[:-1]
        return None

    @cached_property
    def _lines(self) -> dict[Place, int]:
        """Only made once there is a problem to tell."""
        return find_lines(self.text, definitions().ModelConfig.DESCRIPTOR)


def parse(path: str, content: bytes) -> Config | list[Problem]:
    text = content.decode("utf-8", "surrogateescape")
    if problem := _lexical_problem(path, text):
        return [problem]
    problems: list[Problem] = []
    text = _SPACED_MINUS.sub(lambda found: found[1] or "-", text)
    while len(problems) < MOST_FAULTS:
        message = definitions().ModelConfig()
        try:
            text_format.Parse(text, message)
        except text_format.ParseError as error:
            problems.append(syntax_problem(path, error, definitions().DESCRIPTOR.pool))
            rest = _behind(text, error, problems[-1])
            if rest is None:
                break
            text = rest
        except ValueError as error:
            # Raised for a setting's number of 10^10, without saying where.
            number = str(error).rpartition(" ")[2]
            line = _line_at(text, text.find(number)) if number in text else None
            told = f"a number must fit its setting (got {number})"
            problems.append(Problem(path, line, told, "correct the number", "config-value"))
            break
        else:
            return problems or Config(path, text, message)
    return problems


def _behind(text: str, error: text_format.ParseError, problem: Problem) -> str | None:
    """The text without the faulty setting; None where the fault is in the brackets or quotes themselves."""
    line, column = error.GetLine(), error.GetColumn()
    if problem.rule not in ("config-unknown-field", "config-value") or line is None or column is None:
        return None
    return without_setting(text, line, column)


def _lexical_problem(path: str, text: str) -> Problem | None:
    """The first that Triton's parser refuses and this one would let pass, or would tell in worse words."""
    if text.startswith("\ufeff"):
        return Problem(
            path,
            1,
            "must not start with a byte order mark",
            "save the file as UTF-8 without BOM",
            "config-encoding",
        )
    if "\0" in text:
        return Problem(
            path,
            _line_at(text, text.index("\0")),
            "must not have zero bytes",
            "remove them; a damaged file or one saved as UTF-16 has such bytes",
            "config-encoding",
        )
    for match in QUOTED_OR_COMMENT.finditer(text) if "\\" in text else ():
        wrong = [escape[1] for escape in _ESCAPE.finditer(match[0]) if escape[1]] if match[0][0] != "#" else []
        if wrong:
            return Problem(
                path,
                _line_at(text, match.start()),
                f"a backslash in quotes must begin an escape that Triton knows (found {shown(wrong[0])})",
                "write two backslashes for one",
                "config-syntax",
            )
    for match in QUOTED_OR_COMMENT.finditer(text) if not text.isascii() else ():
        if match[0][0] != "#" and re.search("[\udc80-\udcff]", match[0]):
            return Problem(
                path,
                _line_at(text, match.start()),
                f"must be UTF-8 (found {shown(match[0])})",
                "save the file as UTF-8; clients cannot read such a model's configuration",
                "config-encoding",
            )
    bare = QUOTED_OR_COMMENT.sub('""', text)
    if foreign := _FOREIGN.search(bare):
        return Problem(
            path,
            _line_at(bare, foreign.start()),
            f"must have only ASCII characters outside quotes and comments (found '{shown(foreign[0])}')",
            "remove it; copied text often brings such spaces and quotes along",
            "config-encoding",
        )
    if number := _LENIENT_NUMBER.search(bare):
        return Problem(
            path,
            _line_at(bare, number.start()),
            f"a number must be digits only, with '-' before it if negative (found '{number[0]}')",
            "write it without '+' and '_'",
            "config-syntax",
        )
    return None


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
