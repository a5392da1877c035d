"""Tensors as Triton's HTTP protocol carries them: in JSON, and as bytes behind it."""

import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FORMATS = {
    "BOOL": "?",
    "UINT8": "B",
    "UINT16": "H",
    "UINT32": "I",
    "UINT64": "Q",
    "INT8": "b",
    "INT16": "h",
    "INT32": "i",
    "INT64": "q",
    "FP16": "e",
    "FP32": "f",
    "FP64": "d",
}
"""How `struct` writes one element; BF16 is unknown to it, BYTES have a length each."""
FLOATS = ("FP16", "FP32", "FP64")
NOT_IN_JSON = ("FP16", "BF16")
HEADER_LENGTH = "Inference-Header-Content-Length"
BUSY = ("Exceeds maximum queue size", "Request timeout expired")
"""Triton's words for a model with a queue policy that is under load, and well."""
BROKEN = ("is not healthy", "does not implement `execute`", "output tensor shape does not match size of output")
"""Triton's words for an instance of a model that will answer no request at all: its process is gone, it has no code
for requests, or a NumPy that does not go with this Triton, which leaves all its tensors empty."""


class Wrong(Exception):
    """What is wrong with an answer, in words."""


@dataclass(frozen=True)
class Tensor:
    name: str
    datatype: str
    shape: tuple[int, ...]
    content: bytes

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    def values(self) -> list[Any]:
        """Raises `Wrong` unless there are as many as the shape says."""
        if self.datatype == "BYTES":
            return list(_texts(self))
        size = 2 if self.datatype == "BF16" else struct.calcsize(FORMATS[self.datatype])
        if len(self.content) != self.count * size:
            raise _other_size(self)
        if self.datatype == "BF16":
            return list(struct.unpack(f"<{self.count}H", self.content))
        return list(struct.unpack(f"<{self.count}{FORMATS[self.datatype]}", self.content))


def zeros(name: str, datatype: str, shape: Sequence[int]) -> Tensor:
    """Nothing but zeros, or empty texts."""
    sizes = {"BYTES": 4, "BF16": 2}
    size = sizes.get(datatype) or struct.calcsize(FORMATS[datatype])
    return Tensor(name, datatype, tuple(shape), bytes(size * math.prod(shape)))


def binary_request(inputs: Sequence[Tensor], parameters: Mapping[str, Any]) -> tuple[bytes, int]:
    """The body, and how much of it is JSON."""
    described = [_head(tensor) | {"parameters": {"binary_data_size": len(tensor.content)}} for tensor in inputs]
    head = json.dumps({"inputs": described, "parameters": dict(parameters)}).encode()
    return head + b"".join(tensor.content for tensor in inputs), len(head)


def json_request(inputs: Sequence[Tensor], parameters: Mapping[str, Any]) -> bytes:
    described = [_head(tensor) | {"data": _readable(tensor)} for tensor in inputs]
    return json.dumps({"inputs": described, "parameters": dict(parameters)}).encode()


def binary_answer(body: bytes, head: int) -> list[Tensor]:
    tensors, place = [], head
    for output in _outputs(body[:head]):
        size = output.get("parameters", {}).get("binary_data_size", 0)
        tensors.append(Tensor(output["name"], output["datatype"], tuple(output["shape"]), body[place : place + size]))
        place += size
    if place != len(body):
        raise Wrong(f"its answer has {len(body)} bytes where {place} are announced")
    return tensors


def check_json(body: bytes, binary: Sequence[Tensor]) -> None:
    """Raises `Wrong` unless a JSON answer holds the values of the binary one."""
    told = {output["name"]: output.get("data") for output in _outputs(body)}
    for tensor in binary:
        if told.get(tensor.name) != _readable(tensor):
            raise Wrong(f"its output '{tensor.name}' is another one in JSON than in binary form")


def fits_json(tensors: Sequence[Tensor], most: int) -> bool:
    """Whether JSON can hold these without loss."""
    if any(tensor.datatype in NOT_IN_JSON or len(tensor.content) > most for tensor in tensors):
        return False
    try:
        values = [_readable(tensor) for tensor in tensors if tensor.datatype in (*FLOATS, "BYTES")]
    except UnicodeDecodeError:
        return False
    return all(isinstance(value, str) or math.isfinite(value) for some in values for value in some)


def _readable(tensor: Tensor) -> list[Any]:
    values = tensor.values()
    return [value.decode() for value in values] if tensor.datatype == "BYTES" else values


def _head(tensor: Tensor) -> dict[str, Any]:
    return {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}


def _outputs(head: bytes) -> list[dict[str, Any]]:
    try:
        outputs: list[dict[str, Any]] = json.loads(head)["outputs"]
    except (ValueError, KeyError, TypeError):
        raise Wrong("its answer names no outputs") from None
    return outputs


def _texts(tensor: Tensor) -> list[bytes]:
    texts, place = [], 0
    while place + 4 <= len(tensor.content):
        (size,) = struct.unpack_from("<I", tensor.content, place)
        texts.append(tensor.content[place + 4 : place + 4 + size])
        place += 4 + size
    if place != len(tensor.content) or len(texts) != tensor.count:
        raise _other_size(tensor)
    return texts


def _other_size(tensor: Tensor) -> Wrong:
    return Wrong(
        f"its output '{tensor.name}' has {len(tensor.content)} bytes, which is not {tensor.datatype} of shape "
        f"{list(tensor.shape)}"
    )
