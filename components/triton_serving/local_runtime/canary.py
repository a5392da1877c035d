"""The canary: a real request to every model, whose answer is compared byte by byte.

Triton's word is not enough: a server with the wrong NumPy answers 200 with empty tensors, and one whose Python process
died says "ready" for ever (both measured with 24.10).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..plan.service import ServedModel


@dataclass(frozen=True)
class Canary:
    """One model version, the request it is asked, and what it answered at first."""

    model: str
    version: int
    request: bytes
    header_length: int
    """Length of the JSON part of the request."""
    answer: bytes | None
    """Digest of the tensors' bytes; None when the model does not answer the same twice, so that only sizes count."""
    seconds: float


def first_look(port: int, models: Sequence[ServedModel], seconds: float) -> tuple[list[Canary], list[str]]:
    """Asks every served version of every model once in binary and once in JSON. Returns what to ask again, and notices
    (a model whose canary had to be left out, and why). Raises `UserError` when a model is not fit to serve."""
    raise NotImplementedError


def look_again(port: int, canary: Canary, seconds: float) -> str | None:
    """What is wrong now, in words; None when all is well."""
    raise NotImplementedError
