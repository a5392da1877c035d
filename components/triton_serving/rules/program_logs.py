"""What the logs of the programs say of why one of them did not become ready."""

import re
from collections.abc import Iterable, Sequence

_ESCAPE_CODES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_TRITON_PREFIX = re.compile(r"^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ \d+ [\w.]+:\d+\] ")
_TRITON_NOISE = re.compile(r"^(\||\+[-+=]|I\b)|^\s*$|CudaDriverHelper has not been initialized")
"""Tables of its options, and what it says when all is well."""
_NOT_STARTED = "triton_scoring did not start: "
_NOT_FETCHED = "the model was not fetched: "
_FAILED = re.compile(r"failed to load (model )?'[^']+'( version -?\d+)?: ")
_PLACE = re.compile(r"([^\s/]+\.py)\((\d+)\): ")
"""A line of Python's stack as Triton's Python backend writes it, the innermost first."""
_USAGE = "Usage: tritonserver"
_ENVOY_PREFIX = re.compile(r"^\[[^\]]+\]\[\d+\]\[(\w+)\]\[\w+\] \[[^\]]+\] ")
_ENVOY_NOISE = re.compile(r"^(trace|debug|info): ")


def readable(lines: Iterable[str]) -> list[str]:
    """Without colours, and without the time and thread in front of each of Triton's lines."""
    return [_TRITON_PREFIX.sub(r"\1 ", _ESCAPE_CODES.sub("", line)).rstrip() for line in lines]


def triton_cause(lines: Sequence[str]) -> tuple[str | None, list[str]]:
    """Which model failed and why, where Triton says so; and the other lines that tell something."""
    if any(line.startswith(_USAGE) for line in lines):  # a flag that it does not know: 500 lines of those that it does
        lines = [line for line in lines if line and not line[0].isspace() and not line.endswith((":", "[options]"))]
    cause = next((line for line in lines if _FAILED.search(line)), None)
    telling = [line for line in lines if line != cause and not _TRITON_NOISE.search(line)]
    if cause is None:
        return None, telling
    # E "failed to load 'digits' version 1: …\n\nAt:\n …", with the line ends written out
    words, _, stack = cause[cause.index("failed to load") :].partition("\\n")
    place = _PLACE.search(stack)
    return words.rstrip('"') + (f" ({place.group(1)}, line {place.group(2)})" if place else ""), telling


def scoring_cause(lines: Sequence[str]) -> str | None:
    """The scoring server's own last word, where it has one: file, line, and what was raised."""
    return _last_after(_NOT_STARTED, lines)


def fetch_cause(lines: Sequence[str]) -> str | None:
    """Why a model version was not copied out of its image."""
    return _last_after(_NOT_FETCHED, lines)


def gateway_lines(lines: Sequence[str]) -> list[str]:
    """Envoy's warnings and errors, without the list of its extensions."""
    told = [_ENVOY_PREFIX.sub(r"\1: ", line) for line in lines]
    return [line for line in told if not _ENVOY_NOISE.match(line)]


def _last_after(beginning: str, lines: Sequence[str]) -> str | None:
    return next((line.removeprefix(beginning) for line in reversed(lines) if line.startswith(beginning)), None)
