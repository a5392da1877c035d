"""What the logs of the programs say of why one of them did not become ready."""

import re
from collections.abc import Iterable, Sequence

_ESCAPE_CODES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_TRITON_PREFIX = re.compile(r"^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d+ \d+ [\w.]+:\d+\] ")
_TRITON_NOISE = re.compile(r"^(\||\+[-+=]|I\b)|^\s*$|CudaDriverHelper has not been initialized")
"""Tables of its options, and what it says when all is well."""
_NOT_STARTED = "triton_scoring did not start: "
_FAILED = re.compile(r"failed to load '[^']+' version -?\d+: ")


def readable(lines: Iterable[str]) -> list[str]:
    """Without colours, and without the time and thread in front of each of Triton's lines."""
    return [_TRITON_PREFIX.sub(r"\1 ", _ESCAPE_CODES.sub("", line)).rstrip() for line in lines]


def triton_cause(lines: Sequence[str]) -> tuple[str | None, list[str]]:
    """Which model failed and why, where Triton says so; and the other lines that tell something."""
    cause = next((line for line in lines if _FAILED.search(line)), None)
    telling = [line for line in lines if line != cause and not _TRITON_NOISE.search(line)]
    if cause is None:
        return None, telling
    # E "failed to load 'digits' version 1: …\n\nAt:\n …", with the line ends written out
    return cause[cause.index("failed") :].partition("\\n")[0].rstrip('"'), telling


def scoring_cause(lines: Sequence[str]) -> str | None:
    """The scoring server's own last word, where it has one: file, line, and what was raised."""
    return next((line.removeprefix(_NOT_STARTED) for line in reversed(lines) if line.startswith(_NOT_STARTED)), None)
