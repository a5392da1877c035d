"""Why a program did not become ready, for the user: the reason, and what its log said last."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ...plan.service import ServedModel
from .logs import Output

_LAST_LINES = 20
_ESCAPE_CODES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_TRITON_PREFIX = re.compile(r"^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ \d+ [\w.]+:\d+\] ")
_TRITON_NOISE = re.compile(r"^(\||\+[-+=]|I\b)|^\s*$|CudaDriverHelper has not been initialized")
"""Tables of its options, and what it says when all is well."""
_LOADED = re.compile(r"successfully loaded '([^']+)'")
_NOT_STARTED = "triton_scoring did not start: "
_FAILED = re.compile(r"failed to load '[^']+' version -?\d+: ")


def explain(reason: str, output: Output) -> str:
    return _with_log(reason, readable(output.recent), output.file.path)


def explain_scoring(reason: str, output: Output) -> str:
    """With the scoring server's own last word, where it has one."""
    lines = readable(output.recent)
    cause = next((line.removeprefix(_NOT_STARTED) for line in reversed(lines) if line.startswith(_NOT_STARTED)), None)
    return _with_log(f"{reason}: {cause}" if cause else reason, lines, output.file.path)


def explain_triton(reason: str, output: Output) -> str:
    """Names the model where the log does, and leaves out Triton's tables."""
    lines = readable(output.recent)
    cause = next((line for line in lines if _FAILED.search(line)), None)
    telling = [line for line in lines if line != cause and not _TRITON_NOISE.search(line)]
    if cause is not None:  # E "failed to load 'digits' version 1: …\n\nAt:\n …", with the line ends written out
        words = cause[cause.index("failed") :].partition("\\n")[0].rstrip('"')
        reason = f"{reason}: {words}"
    return _with_log(reason, telling, output.file.path)


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
    return f"{reason}\nlast lines of {path.name}:{shown}" if last else reason
