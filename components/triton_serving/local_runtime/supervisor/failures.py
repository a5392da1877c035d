"""Why a program did not become ready, for the user: the reason, what its log said last, and where the log is."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ...plan.service import ServedModel
from .logs import Output

_LAST_LINES = 20
_ESCAPE_CODES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_TRITON_PREFIX = re.compile(r"^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ \d+ [\w.]+:\d+\] ")
_TRITON_NOISE = re.compile(r"^(\||\+[-+=]|I\b)|^\s*$")
"""Tables of its options, and what it says when all is well."""
_LOADED = re.compile(r"successfully loaded '([^']+)'")
_FAILED = re.compile(r"failed to load '[^']+' version -?\d+: ")


def explain(reason: str, output: Output) -> str:
    return _with_log(reason, readable(output.recent), output.file.path)


def explain_triton(reason: str, output: Output) -> str:
    """Names the model where the log does, and leaves out Triton's tables."""
    lines = readable(output.recent)
    telling = [line for line in lines if not _TRITON_NOISE.match(line)]
    named = next((line for line in lines if _FAILED.search(line)), None)
    if named is not None:
        words = named.partition(" ")[2].strip('"')
        reason = f"{reason}: {words}"
    return _with_log(reason, telling or lines, output.file.path)


def readable(lines: Iterable[str]) -> list[str]:
    """Without colours, and without the time and thread in front of each of Triton's lines."""
    return [_TRITON_PREFIX.sub(r"\1 ", _ESCAPE_CODES.sub("", line)).rstrip() for line in lines]


def not_loaded(models: Sequence[ServedModel], output: Output) -> list[str]:
    """Triton listens only once all models are loaded, so its log alone says which one it waits for."""
    loaded = {found.group(1) for line in output.recent for found in _LOADED.finditer(line)}
    return [model.name for model in models if model.name not in loaded]


def _with_log(reason: str, lines: Sequence[str], path: Path) -> str:
    last = [line for line in lines if line][-_LAST_LINES:]
    shown = "".join(f"\n  {line}" for line in last)
    return f"{reason}\nlast lines of {path.absolute()}:{shown}" if last else f"{reason}; {path.absolute()} is empty"
