"""The canary: a real request to every model, whose answer is compared byte by byte.

Triton's word is not enough: a server with the wrong NumPy answers 200 with empty tensors, and one whose Python process
died says "ready" for ever (both measured with 24.10).
"""

import http.client
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ..plan.inference_protocol import (
    BROKEN,
    BUSY,
    FLOATS,
    HEADER_LENGTH,
    Tensor,
    Wrong,
    binary_answer,
    binary_request,
    check_json,
    fits_json,
    json_request,
)
from ..plan.service import ServedModel
from ..rules.problems import UserError
from ..rules.wording import printable
from .canary_request import LeftOut, Question, question

MOST_KEPT = 1 << 20
"""Bytes of an answer that are remembered and compared; of a larger one only the sizes are."""
LONGEST_REASON = 500
TOLERANCE = 0.01


class Refused(Exception):
    """The model's or the server's own words."""


@dataclass(frozen=True)
class Canary:
    """One model version, the request it is asked, and what it answered at first."""

    model: str
    version: int
    request: bytes
    header_length: int
    """Length of the JSON part of the request."""
    answer: tuple[Tensor, ...] | None
    """None when it is large, or the model does not answer the same twice, so that only sizes count."""
    shared: bool
    """Whether it may be computed together with requests of others, which changes the last bits of its numbers."""
    seconds: float


def first_look(
    port: int,
    models: Sequence[ServedModel],
    seconds: float,
    host: str | None = None,
    asks: Callable[[str], None] = lambda _: None,
) -> tuple[list[Canary], list[str]]:
    """Asks every served version of every model once in binary and once in JSON. Returns what to ask again, and notices
    (a model whose canary had to be left out, and why). Raises `UserError` when a model is not fit to serve. `host` is
    said to a gateway in front of Triton. `asks` hears of each before it is asked: one that never answers is known by
    it to who has less patience."""
    deadline = time.monotonic() + seconds
    canaries: list[Canary] = []
    notices: list[str] = []
    served = [(model.name, version) for model in models for version in model.versions]
    if not served:
        raise UserError("Triton serves no model; publish a directory with at least one")
    for model, version in served:
        asks(f"model {model}, version {version}")
        server = _Server(port, model, version, deadline, host)
        try:
            canaries.append(_first_look(server))
        except LeftOut as reason:
            notices.append(
                f"model {model}, version {version}: only its readiness is watched, not its answers, because {reason}; "
                "a model_warmup sample with zero_data in its config.pbtxt names a request that can be watched"
            )
        except (Wrong, Refused) as reason:
            raise UserError(f"model {model}, version {version} does not serve: {reason}") from None
    return canaries, notices


def look_again(port: int, canary: Canary, seconds: float) -> str | None:
    """What is wrong now, in words; None when all is well."""
    server = _Server(port, canary.model, canary.version, time.monotonic() + seconds)
    try:
        answer = server.infer(canary.request, canary.header_length)
        if canary.answer is not None:
            _compare(canary.answer, answer, canary.shared)
    except Refused as refusal:
        return None if any(word in str(refusal) for word in BUSY) else str(refusal)
    except Wrong as wrong:
        return str(wrong)
    return None


def is_broken(wrong: str) -> bool:
    """Whether it says that an instance of a model will answer no request at all."""
    return any(word in wrong for word in BROKEN)


def _first_look(server: "_Server") -> Canary:
    asked = question(server.get(""), server.get("/config"))
    request, head = binary_request(asked.inputs, {**asked.parameters, "binary_data_output": True})
    try:
        first = server.infer(request, head)
    except Refused as refusal:
        raise _judge(server, asked, request, head, refusal) from None
    begun = time.monotonic()
    second = server.infer(request, head)
    took = time.monotonic() - begun
    steady = first == second
    if steady and fits_json((*asked.inputs, *first), MOST_KEPT):
        check_json(server.ask_json(json_request(asked.inputs, asked.parameters)), first)
    kept = steady and sum(len(tensor.content) for tensor in first) <= MOST_KEPT
    return Canary(server.model, server.version, request, head, tuple(first) if kept else None, asked.shared, took)


def _judge(server: "_Server", asked: Question, request: bytes, head: int, refusal: Refused) -> Exception:
    """A model may refuse a request that was made up, which does not keep it from serving; but it must be alive."""
    if asked.own or is_broken(str(refusal)):
        return refusal
    try:
        server.infer(request, head)
    except Refused as again:
        if is_broken(str(again)):
            return Wrong(
                f"a request of zeros ended its process ({refusal}); name one that it takes in a model_warmup sample"
            )
    return LeftOut(f"it refuses a request of zeros ({refusal})")


def _compare(before: Sequence[Tensor], now: Sequence[Tensor], shared: bool) -> None:
    if [(one.name, one.datatype, one.shape) for one in before] != [(one.name, one.datatype, one.shape) for one in now]:
        raise Wrong("its answer has other outputs or shapes than at first")
    for old, new in zip(before, now, strict=True):
        if not (_is_close(old, new) if shared else old.content == new.content):
            raise Wrong(f"its output '{new.name}' is another one than at first, for the same request")


def _is_close(old: Tensor, new: Tensor) -> bool:
    """What is no float may follow from floats in ways in which a last bit decides, as a class does."""
    if old.datatype not in FLOATS:
        return True
    before, now = old.values(), new.values()
    scale = max((abs(value) for value in before if math.isfinite(value)), default=0.0)
    return all(
        math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE * scale) or (one != one and other != other)
        for one, other in zip(before, now, strict=True)
    )


class _Server:
    """One version of one model, asked over HTTP until a deadline."""

    def __init__(self, port: int, model: str, version: int, deadline: float, host: str | None = None) -> None:
        self.model, self.version = model, version
        self._headers = {"Connection": "close"} | ({"Host": host} if host else {})
        self._port, self._deadline = port, deadline
        self._path = f"/v2/models/{quote(model)}/versions/{version}"

    def get(self, path: str) -> dict[str, object]:
        answer: dict[str, object] = json.loads(self._ask("GET", path, None, {})[0])
        return answer

    def infer(self, request: bytes, head: int) -> list[Tensor]:
        body, length = self._ask("POST", "/infer", request, {HEADER_LENGTH: str(head)})
        answer = binary_answer(body, length)
        if not answer:
            raise Wrong("its answer is empty")
        for tensor in answer:
            tensor.values()
        return answer

    def ask_json(self, request: bytes) -> bytes:
        return self._ask("POST", "/infer", request, {})[0]

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[bytes, int]:
        """The answer's body, and how much of it is JSON."""
        left = self._deadline - time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=max(left, 0.001))
        try:
            connection.request(method, self._path + path, body, self._headers | headers)
            answer = connection.getresponse()
            content = answer.read()
        except TimeoutError:
            raise Wrong("it did not answer in time") from None
        except (OSError, http.client.HTTPException) as error:
            raise Wrong(f"Triton does not answer ({error})") from None
        finally:
            connection.close()
        if answer.status != 200:
            raise Refused(_said(content) or f"HTTP {answer.status}")
        return content, int(answer.headers.get(HEADER_LENGTH, len(content)))


def _said(content: bytes) -> str:
    try:
        text = str(json.loads(content)["error"])
    except (ValueError, KeyError, TypeError):
        text = content.decode(errors="replace")
    return printable(" ".join(text.split()))[:LONGEST_REASON]
