"""Inputs, outputs and batch size of a model's configuration."""

from collections.abc import Iterator
from typing import Any

from ..rules.problems import Problem
from ..rules.wording import shown
from .pbtxt import Config, definitions

MOST_ELEMENTS = 2**63 - 1


def tensor_problems(config: Config, platform: str, complete: bool) -> Iterator[Problem]:
    """`complete`: whether the configuration has to tell everything, because Triton cannot learn it from the model."""
    message = config.message
    if message.max_batch_size < 0:
        yield config.problem(
            ("max_batch_size",),
            f"'max_batch_size' must be at least 0 (got {message.max_batch_size})",
            "write 0 for a model that takes no batches",
            "batch-size",
        )
    if complete and not message.input and not message.output:
        yield config.problem(
            (),
            "the configuration must list inputs and outputs (Triton cannot learn them from this model)",
            'add input [ { name: "…" data_type: TYPE_FP32 dims: [ -1 ] } ], and output alike',
            "tensor-missing",
        )
    for direction in ("input", "output"):
        tensors = getattr(message, direction)
        seen: set[str] = set()
        for index, tensor in enumerate(tensors):
            if tensor.name and tensor.name in seen:
                yield config.problem(
                    (direction, index, "name"),
                    f"every {direction} must have a name of its own ('{shown(tensor.name)}' comes twice)",
                    "rename or remove one; Triton would serve the last one only",
                    "tensor-twice",
                )
            seen.add(tensor.name)
            yield from _tensor(config, (direction, index), tensor, complete)
            yield from _tensorrt_only(config, (direction, index), tensor, platform)


def _tensor(config: Config, place: tuple[str, int], tensor: Any, complete: bool) -> Iterator[Problem]:
    direction = place[0]
    if not tensor.name:
        yield config.problem(
            place, f"every {direction} must have a name", f'add name: "…" to this {direction}', "tensor-name"
        )
    types = definitions().DataType
    if tensor.data_type == types.Value("TYPE_INVALID"):
        if complete:
            yield config.problem(
                (*place, "data_type"),
                f"every {direction} must have a data type",
                "add data_type: TYPE_FP32 or another of Triton's types",
                "tensor-type",
            )
    elif tensor.data_type not in types.values():
        yield config.problem(
            (*place, "data_type"),
            f"a data type must be one of Triton's (got the number {tensor.data_type})",
            "write it by its name, as TYPE_FP32",
            "tensor-type",
        )
    if not tensor.dims and complete:
        yield config.problem(
            (*place, "dims"),
            f"every {direction} must have 'dims'",
            "add dims: [ -1 ], or the shape without the batch dimension",
            "tensor-dims",
        )
    yield from _dims(config, (*place, "dims"), tensor.dims)
    if tensor.HasField("reshape"):
        yield from _dims(config, (*place, "reshape", "shape"), tensor.reshape.shape)
        yield from _reshape(config, place, tensor)
    if direction == "input" and tensor.format and len(tensor.dims) != 3:
        yield config.problem(
            (*place, "format"),
            f"FORMAT_NHWC and FORMAT_NCHW need 3 dims (has {len(tensor.dims)})",
            "remove 'format', or give height, width and channels",
            "tensor-format",
        )


def _dims(config: Config, place: tuple[str | int, ...], dims: Any) -> Iterator[Problem]:
    for index, dim in enumerate(dims):
        if dim < 1 and dim != -1:
            yield config.problem(
                (*place, index),
                f"'{place[-1]}' must be at least 1, or -1 for any size (got {dim})",
                "write -1 for a dimension of any size",
                "tensor-dims",
            )
    if _overflows(dims):
        yield config.problem(
            place, f"a tensor must have at most {MOST_ELEMENTS:,} elements", "correct the dimensions", "tensor-dims"
        )


def _overflows(dims: Any) -> bool:
    elements = 1
    for dim in dims:
        elements *= max(dim, 1)
        if elements > MOST_ELEMENTS:
            return True
    return False


def _reshape(config: Config, place: tuple[str, int], tensor: Any) -> Iterator[Problem]:
    shape = tensor.reshape.shape
    if not shape and config.message.max_batch_size == 0:
        yield config.problem(
            (*place, "reshape"),
            "a model without batching must not reshape to nothing (Triton has no scalars)",
            "give reshape a shape, or set max_batch_size",
            "tensor-reshape",
        )
    elif _overflows(tensor.dims) or _overflows(shape):
        return  # told already
    elif _element_counts(tensor.dims) != _element_counts(shape):
        yield config.problem(
            (*place, "reshape"),
            f"'dims' and 'reshape' must hold the same number of elements (got {list(tensor.dims)} and {list(shape)})",
            "make them agree between each pair of -1",
            "tensor-reshape",
        )


def _element_counts(dims: Any) -> list[int]:
    """Elements before, between and after the dimensions of any size, as Triton compares them."""
    counts = [1]
    for dim in dims:
        if dim == -1:
            counts.append(1)
        else:
            counts[-1] *= dim
    return counts


def _tensorrt_only(config: Config, place: tuple[str, int], tensor: Any, platform: str) -> Iterator[Problem]:
    for setting in ("is_shape_tensor", "is_non_linear_format_io"):
        if getattr(tensor, setting) and platform != "tensorrt_plan":
            yield config.problem(
                (*place, setting),
                f"'{setting}' must only be set for TensorRT models",
                "remove it",
                "tensor-format",
            )
