"""Warm-up requests: Triton sends them when a model loads, and one that the model does not accept stops the server."""

from collections.abc import Iterator
from typing import Any

from ..rules.problems import Problem
from ..rules.wording import nearest, shown
from .config_lines import Place
from .file_rules import linked_file
from .layout import ModelFolder
from .pbtxt import Config, definitions
from .tree import File

# Bytes of an element, by the number of its DataType; strings (13) have no fixed size.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 2, 8: 4, 9: 8, 10: 2, 11: 4, 12: 8, 14: 2}


def warmup_problems(config: Config, model: ModelFolder, complete: bool) -> Iterator[Problem]:
    """`complete`: whether the configuration tells all inputs, so that a name that it lacks is a mistake."""
    for index, warmup in enumerate(config.message.model_warmup):
        if warmup.batch_size == 0:
            continue  # Triton skips it
        place: Place = ("model_warmup", index)
        most = max(config.message.max_batch_size, 1)
        if warmup.batch_size > most and complete:
            yield config.problem(
                (*place, "batch_size"),
                f"a warm-up's batch_size must be at most max_batch_size (got {warmup.batch_size}, with at most {most})",
                "lower it, or raise max_batch_size",
                "warmup",
            )
        known = {tensor.name: tensor for tensor in config.message.input}
        missing = [name for name, tensor in known.items() if not tensor.optional and name not in warmup.inputs]
        if missing:
            yield config.problem(
                place, f"a warm-up must give every input (lacks '{shown(missing[0])}')", "add the input", "warmup"
            )
        for name, data in sorted(warmup.inputs.items()):
            here = (*place, "inputs", f"[{name}]")
            yield from _data(config, model, here, name, data)
            if name in known:
                yield from _fit(config, here, data, known[name])
            elif complete:
                near = nearest(name, known)
                yield config.problem(
                    here,
                    f"a warm-up must only give inputs that the model has (there is no '{shown(name)}')",
                    f"write '{near}'" if near else "remove it",
                    "warmup",
                )


def _data(config: Config, model: ModelFolder, place: Place, name: str, data: Any) -> Iterator[Problem]:
    if min(data.dims, default=1) < 1:
        yield config.problem(
            place,
            f"a warm-up's 'dims' must be the sizes to send (got {list(data.dims)} for '{shown(name)}')",
            "write a number of at least 1 for each",
            "warmup",
        )
    elif data.input_data_file:
        found = linked_file(config, place, model.folder, "warmup/", data.input_data_file)
        if not isinstance(found, File):
            yield found
        elif found.size < (needed := _bytes(data)):
            yield config.problem(
                place,
                f"a warm-up's file must hold the whole input ({shown(data.input_data_file)} has {found.size:,} bytes, "
                f"{list(data.dims)} takes {needed:,})",
                "write the file again, or correct 'dims'",
                "warmup",
            )
    elif data.WhichOneof("input_data_type") is None:
        yield config.problem(
            place,
            f"a warm-up must say where its data comes from (says nothing for '{shown(name)}')",
            "add zero_data: true, random_data: true or input_data_file",
            "warmup",
        )


def _bytes(data: Any) -> int:
    size = _SIZES.get(data.data_type, 0)
    for dim in data.dims:
        size *= dim
        if size > 1 << 63:
            break
    return size


def _fit(config: Config, place: Place, data: Any, tensor: Any) -> Iterator[Problem]:
    same_shape = len(data.dims) == len(tensor.dims) and all(
        theirs in (-1, mine) for mine, theirs in zip(data.dims, tensor.dims, strict=False)
    )
    if (tensor.data_type and data.data_type != tensor.data_type) or (tensor.dims and not same_shape):
        yield config.problem(
            place,
            f"a warm-up must send the type and shape that the input '{shown(tensor.name)}' has "
            f"(sends {_described(data)}, the input takes {_described(tensor)})",
            "correct data_type and dims; the batch dimension is added by itself",
            "warmup",
        )


def _described(tensor: Any) -> str:
    """TYPE_FP32 [1, 4]"""
    types = definitions().DataType
    name = types.Name(tensor.data_type) if tensor.data_type in types.values() else str(tensor.data_type)
    return f"{name} {list(tensor.dims)}"
