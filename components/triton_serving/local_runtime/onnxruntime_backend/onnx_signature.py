"""What an ONNX file takes and gives, as a Triton configuration: completed from the file, or held against it.

Under the rules, and in the words, of NVIDIA's onnxruntime backend, so that a directory behaves here as it does there.
Plain decisions: nothing here needs Triton or ONNX Runtime.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DEFAULT_MAX_BATCH_SIZE = 4
"""What NVIDIA's server gives a model that can be batched and says nothing about it."""

TYPES = {
    "tensor(bool)": "TYPE_BOOL",
    "tensor(uint8)": "TYPE_UINT8",
    "tensor(uint16)": "TYPE_UINT16",
    "tensor(uint32)": "TYPE_UINT32",
    "tensor(uint64)": "TYPE_UINT64",
    "tensor(int8)": "TYPE_INT8",
    "tensor(int16)": "TYPE_INT16",
    "tensor(int32)": "TYPE_INT32",
    "tensor(int64)": "TYPE_INT64",
    "tensor(float16)": "TYPE_FP16",
    "tensor(float)": "TYPE_FP32",
    "tensor(double)": "TYPE_FP64",
    "tensor(string)": "TYPE_STRING",
}

Config = dict[str, Any]
"""Triton's ModelConfig as JSON."""


@dataclass(frozen=True)
class Tensor:
    """One input or output of an ONNX file."""

    name: str
    type: str
    """As ONNX Runtime writes it: tensor(float)."""
    shape: Sequence[int | str | None]
    """A name or None is a dimension of any size."""

    @property
    def dims(self) -> list[int]:
        return [size if isinstance(size, int) and size >= 0 else -1 for size in self.shape]


@dataclass(frozen=True)
class Signature:
    inputs: Sequence[Tensor]
    outputs: Sequence[Tensor]

    @property
    def can_be_batched(self) -> bool:
        return all(tensor.dims[:1] == [-1] for tensor in (*self.inputs, *self.outputs))


def is_complete(config: Config) -> bool:
    return bool(config.get("input")) and bool(config.get("output"))


def complete(config: Config, found: Signature) -> None:
    """Fills in what the configuration leaves out. Raises `ValueError` where it cannot become right."""
    says_nothing = not config.get("input") and not config.get("output")
    if says_nothing and found.can_be_batched and not config.get("max_batch_size"):
        config["max_batch_size"] = DEFAULT_MAX_BATCH_SIZE
        if not config.get("sequence_batching"):
            config.setdefault("dynamic_batching", {})
    if config.get("max_batch_size") and not found.can_be_batched:
        raise ValueError(
            f"autofill failed for model '{config['name']}': model does not support batching while non-zero "
            "max_batch_size is specified"
        )
    batched = bool(config.get("max_batch_size"))
    for key, tensors in (("input", found.inputs), ("output", found.outputs)):
        if not config.get(key):
            config[key] = [_entry(tensor, batched) for tensor in tensors]


def _entry(tensor: Tensor, batched: bool) -> dict[str, Any]:
    dims = tensor.dims[1:] if batched else tensor.dims
    entry: dict[str, Any] = {"name": tensor.name, "data_type": _type(tensor), "dims": dims}
    # A configuration cannot have empty dims; the reshape says that there are none.
    return entry if dims else {**entry, "dims": [1], "reshape": {"shape": []}}


def _type(tensor: Tensor) -> str:
    if tensor.type not in TYPES:
        raise ValueError(
            f"Unsupported ONNX Type '{tensor.type}' for I/O '{tensor.name}', expected a tensor of {_known()}"
        )
    return TYPES[tensor.type]


def _known() -> str:
    return ", ".join(kind.removeprefix("tensor(").rstrip(")") for kind in TYPES)


def check(config: Config, found: Signature) -> None:
    """Raises `ValueError` when a complete configuration does not fit the file."""
    model = config["name"]
    inputs, outputs = config["input"], config["output"]
    if len(inputs) != len(found.inputs):
        raise ValueError(
            f"unable to load model '{model}', configuration expects {len(inputs)} inputs, "
            f"model provides {len(found.inputs)}"
        )
    for kind, entries, tensors in (("input", inputs, found.inputs), ("output", outputs, found.outputs)):
        known = {tensor.name: tensor for tensor in tensors}
        for entry in entries:
            if entry["name"] not in known:
                raise ValueError(
                    f"unexpected inference {kind} '{entry['name']}' for model '{model}', "
                    f"allowed {kind}s are: {', '.join(known)}"
                )
            _check_entry(config, kind, entry, known[entry["name"]])


def _check_entry(config: Config, kind: str, entry: Mapping[str, Any], tensor: Tensor) -> None:
    if entry["data_type"] != _type(tensor):
        raise ValueError(
            f"unable to load model '{config['name']}', configuration expects datatype {entry['data_type']} "
            f"for {kind} '{tensor.name}', model provides {_type(tensor)}"
        )
    place = f"model '{config['name']}', tensor '{tensor.name}': "
    dims = [int(size) for size in entry.get("reshape", {}).get("shape", entry["dims"])]
    batched = bool(config.get("max_batch_size"))
    if batched and tensor.dims[:1] != [-1]:
        raise ValueError(
            f"{place}for the model to support batching the shape should have at least 1 dimension and the first "
            f"dimension must be -1; but shape expected by the model is {tensor.dims}"
        )
    full = [-1, *dims] if batched else dims
    if len(full) != len(tensor.dims):
        why = (
            " (an initial batch dimension because max_batch_size > 0 followed by the explicit tensor shape, making "
            f"complete shape {full})"
            if batched
            else f" (shape {dims})"
        )
        raise ValueError(
            f"{place}the model expects {len(tensor.dims)} dimensions (shape {tensor.dims}) but the model configuration "
            f"specifies {len(full)} dimensions{why}"
        )
    if any(-1 not in pair and pair[0] != pair[1] for pair in zip(full, tensor.dims, strict=True)):
        raise ValueError(
            f"{place}the model expects shape {tensor.dims} but the model configuration specifies shape {full}"
        )
