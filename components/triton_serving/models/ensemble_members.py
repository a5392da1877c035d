"""Whether an ensemble's steps fit the models that they name: versions, batch sizes, names, types and shapes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..rules.problems import Problem
from ..rules.wording import nearest, shown
from .ensembles import step_place
from .pbtxt import Config, definitions


@dataclass(frozen=True)
class Member:
    """A model as an ensemble's step sees it."""

    served: tuple[int, ...]
    message: Any | None
    """Its configuration; None where it has none, or none that can be read."""
    complete: bool
    """Whether the configuration tells every input and output; otherwise Triton learns them only from the model."""


@dataclass(frozen=True)
class _Tensor:
    """A tensor of the ensemble as whoever named it first has it."""

    data_type: int
    dims: tuple[int, ...]
    batched: bool
    origin: str

    @property
    def full(self) -> tuple[int, ...]:
        return ((-1,) if self.batched else ()) + self.dims


def member_problems(config: Config, members: Mapping[str, Member]) -> Iterator[Problem]:
    message = config.message
    tensors: dict[str, _Tensor] = {}
    for tensor in (*message.input, *message.output):
        dims = tensor.reshape.shape if tensor.HasField("reshape") else tensor.dims
        tensors[tensor.name] = _Tensor(tensor.data_type, tuple(dims), message.max_batch_size > 0, "the ensemble")
    for index, step in enumerate(message.ensemble_scheduling.step):
        if step.model_namespace or not step.model_name:
            continue  # another repository's model, which only the server knows; or a fault told elsewhere
        member = members.get(step.model_name)
        if member is None:
            near = nearest(step.model_name, list(members)[:1000])
            yield config.problem(
                (*step_place(index), "model_name"),
                f"every step must name a model of this directory (there is no '{shown(step.model_name)}')",
                f"write '{near}'" if near else "add the model, or correct the name",
                "ensemble-model",
            )
            continue
        yield from _version(config, index, member)
        yield from _batch(config, index, member)
        yield from _mapping(config, index, member, tensors)


def _version(config: Config, index: int, member: Member) -> Iterator[Problem]:
    step = config.message.ensemble_scheduling.step[index]
    if step.model_version == 0:
        yield config.problem(
            (*step_place(index), "model_version"),
            "every step must have 'model_version' (Triton takes a missing one for version 0)",
            "write model_version: -1 for the latest",
            "ensemble-version",
        )
    elif step.model_version != -1 and step.model_version not in member.served:
        yield config.problem(
            (*step_place(index), "model_version"),
            f"a step must ask for a version that is served (asks for {step.model_version}, "
            f"served: {', '.join(map(str, member.served)) or 'none'})",
            "write -1 for the latest, or let the model's version_policy serve it",
            "ensemble-version",
        )


def _batch(config: Config, index: int, member: Member) -> Iterator[Problem]:
    mine, theirs = config.message.max_batch_size, member.message.max_batch_size if member.message else 0
    if 0 < theirs < mine:
        yield config.problem(
            (*step_place(index), "model_name"),
            f"an ensemble's max_batch_size must not exceed its models' (has {mine}, this model {theirs})",
            f"write max_batch_size: {theirs}",
            "ensemble-batch",
        )


def _mapping(config: Config, index: int, member: Member, tensors: dict[str, _Tensor]) -> Iterator[Problem]:
    step = config.message.ensemble_scheduling.step[index]
    message = member.message
    if message is None:
        return
    for direction, mapping in (("input", step.input_map), ("output", step.output_map)):
        known = {tensor.name: tensor for tensor in getattr(message, direction)}
        for key, name in sorted(mapping.items()):
            place = (*step_place(index), f"{direction}_map", f"[{key}]")
            if key not in known:
                if member.complete:
                    near = nearest(key, list(known)[:1000])
                    yield config.problem(
                        place,
                        f"a step must map {direction}s that the model has ('{shown(step.model_name)}' has no "
                        f"{direction} '{shown(key)}')",
                        f"write '{near}'" if near else f"use one of {shown(', '.join(sorted(known)))}",
                        "ensemble-mapping",
                    )
                continue
            tensor = known[key]
            here = _Tensor(tensor.data_type, tuple(tensor.dims), message.max_batch_size > 0, f"'{step.model_name}'")
            if not here.data_type or not here.dims:
                continue  # Triton learns it from the model
            other = tensors.setdefault(name, here)
            # Where Triton may still complete the batch size, that would change the shape.
            if fault := _mismatch(here, other, compare_shapes=member.complete or here.batched):
                yield config.problem(
                    place,
                    f"the two ends of '{shown(name)}' must agree in {fault} as {shown(other.origin)} has it",
                    "correct one of the two configurations, or put a model between that converts",
                    "ensemble-tensor-type",
                )
        missing = [name for name, tensor in known.items() if name not in mapping and not getattr(tensor, "optional", 1)]
        if member.complete and missing:
            yield config.problem(
                (*step_place(index), "input_map"),
                f"every input of a step's model must be mapped ('{shown(missing[0])}' is not)",
                "map it, or make it optional in the model",
                "ensemble-mapping",
            )


def _mismatch(mine: _Tensor, other: _Tensor, compare_shapes: bool) -> str | None:
    types = definitions().DataType
    if mine.data_type != other.data_type:
        if {mine.data_type, other.data_type} <= set(types.values()):
            return f"data type: {types.Name(mine.data_type)} here, {types.Name(other.data_type)}"
        return None  # an unknown one is told elsewhere
    if compare_shapes and not _same(mine.dims, other.dims) and not _same(mine.full, other.full):
        return f"shape: {list(mine.full)} here, {list(other.full)}"
    return None


def _same(left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    return len(left) == len(right) and all(a == b or -1 in (a, b) for a, b in zip(left, right, strict=True))
