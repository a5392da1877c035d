"""Why a program did not become ready, for the user: the reason, and what its log said last."""

import re
from collections.abc import Sequence
from pathlib import Path

from ...plan.service import ServedModel
from ...rules.program_logs import readable, scoring_cause, triton_cause
from .logs import Output

_LAST_LINES = 20
_LOADED = re.compile(r"successfully loaded '([^']+)'")


def explain(reason: str, output: Output) -> str:
    return _with_log(reason, readable(output.recent), output.file.path)


def explain_scoring(reason: str, output: Output) -> str:
    """With the scoring server's own last word, where it has one."""
    lines = readable(output.recent)
    cause = scoring_cause(lines)
    return _with_log(f"{reason}: {cause}" if cause else reason, lines, output.file.path)


def explain_triton(reason: str, output: Output) -> str:
    """Names the model where the log does, and leaves out Triton's tables."""
    cause, telling = triton_cause(readable(output.recent))
    return _with_log(f"{reason}: {cause}" if cause else reason, telling, output.file.path)


def not_loaded(models: Sequence[ServedModel], output: Output) -> list[str]:
    """Triton listens only once all models are loaded, so its log alone says which one it waits for."""
    loaded = {found.group(1) for line in output.recent for found in _LOADED.finditer(line)}
    return [model.name for model in models if model.name not in loaded]


def _with_log(reason: str, lines: Sequence[str], path: Path) -> str:
    last = [line for line in lines if line][-_LAST_LINES:]
    shown = "".join(f"\n  {line}" for line in last)
    return f"{reason}\nlast lines of {path.name}:{shown}" if last else reason
