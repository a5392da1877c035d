"""What is told when an update does not come to an end."""

import json
from collections.abc import Sequence
from urllib.parse import quote

from ..rules.program_logs import fetch_cause, gateway_lines, readable, scoring_cause, triton_cause
from .trouble import Trouble

LAST_LINES = 15


def report(name: str, pods: Sequence[str], trouble: Trouble, log: Sequence[str], serving: str, waited: str) -> str:
    """`pods` share the trouble; `log` is of the first one's container."""
    cause, lines = _telling(trouble.container, log)
    where = f" (pod {pods[0]}{_others(len(pods) - 1)})" if pods else ""
    reason = f"{trouble.reason}: {cause}" if cause else trouble.reason
    last = "".join(f"\n  {line}" for line in lines[-LAST_LINES:])
    shown = f"\nlast lines of container '{trouble.container}':{last}" if last else ""
    return f"the update of '{name}' {waited}: {reason}{where}{shown}\n{serving}; {trouble.remedy}"


def redacted(text: str, keys: Sequence[str]) -> str:
    """A log may hold what the service's own users sent."""
    for key in keys:
        for form in {key, json.dumps(key)[1:-1], quote(key, safe="")}:
            text = text.replace(form, "***")
    return text


def _telling(container: str | None, log: Sequence[str]) -> tuple[str | None, list[str]]:
    """What the log says is the cause, if it does, and the lines worth showing."""
    cause, lines = None, readable(log)
    if container == "triton":
        cause, lines = triton_cause(lines)
    elif container == "scoring":
        cause = scoring_cause(lines)
    elif container == "model":
        cause = fetch_cause(lines)
    elif container == "gateway":
        lines = gateway_lines(lines)
    return cause, [line for line in lines if line]


def _others(count: int) -> str:
    return f" and {count} more" if count else ""
