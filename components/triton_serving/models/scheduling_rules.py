"""Batching, sequences, instances: what a configuration asks of Triton's schedulers."""

from collections.abc import Iterator
from typing import Any

from ..rules.problems import Problem
from ..rules.wording import shown
from .pbtxt import Config, definitions

MOST_INSTANCES = 1000
"""Per model. Each Python instance is a process of its own; more than this is a slip of the keyboard."""


def scheduling_problems(config: Config) -> Iterator[Problem]:
    message = config.message
    if message.HasField("dynamic_batching"):
        batching = message.dynamic_batching
        yield from _preferred_sizes(config, ("dynamic_batching",), batching.preferred_batch_size)
        yield from _priorities(config, batching)
    if message.HasField("sequence_batching"):
        yield from _sequences(config, message.sequence_batching)
    if message.response_cache.enable and (
        message.HasField("sequence_batching") or message.model_transaction_policy.decoupled
    ):
        yield config.problem(
            ("response_cache",),
            "the response cache must not be on for a model with sequences or decoupled answers",
            "remove 'response_cache'",
            "response-cache",
        )


def _preferred_sizes(config: Config, place: tuple[str, ...], sizes: Any) -> Iterator[Problem]:
    most = config.message.max_batch_size
    for index, size in enumerate(sizes):
        if not 1 <= size <= most:
            yield config.problem(
                (*place, "preferred_batch_size", index),
                f"'preferred_batch_size' must be from 1 to max_batch_size, which is {most} (got {size})",
                "raise max_batch_size, or remove the size",
                "batch-size",
            )


def _priorities(config: Config, batching: Any) -> Iterator[Problem]:
    levels = batching.priority_levels
    if levels and not 1 <= batching.default_priority_level <= levels:
        yield config.problem(
            ("dynamic_batching", "default_priority_level"),
            f"'default_priority_level' must be from 1 to {levels} (got {batching.default_priority_level})",
            "set it to one of the priority levels",
            "batch-priority",
        )
    for level in batching.priority_queue_policy if levels else ():
        if not 1 <= level <= levels:
            yield config.problem(
                ("dynamic_batching", "priority_queue_policy", f"[{level}]"),
                f"a queue policy's priority must be from 1 to {levels} (got {level})",
                "remove the policy, or raise priority_levels",
                "batch-priority",
            )
    if not batching.preserve_ordering:
        return
    policies = [batching.default_queue_policy, *batching.priority_queue_policy.values()]
    if levels > 1 or any(policy.timeout_action == 1 and policy.default_timeout_microseconds for policy in policies):
        yield config.problem(
            ("dynamic_batching", "preserve_ordering"),
            "'preserve_ordering' must not be joined with several priority levels or a DELAY on time-out",
            "remove one of the two",
            "batch-priority",
        )


def _sequences(config: Config, batching: Any) -> Iterator[Problem]:
    place = ("sequence_batching",)
    if batching.HasField("oldest"):
        yield from _preferred_sizes(config, (*place, "oldest"), batching.oldest.preferred_batch_size)
    if batching.HasField("direct") and not 0 <= batching.direct.minimum_slot_utilization <= 1:
        yield config.problem(
            (*place, "direct", "minimum_slot_utilization"),
            f"'minimum_slot_utilization' must be from 0 to 1 (got {batching.direct.minimum_slot_utilization:g})",
            "write a share, as 0.5",
            "sequence",
        )
    if "TRITON_BATCH_STRATEGY_PATH" in config.message.parameters:
        yield config.problem(
            ("parameters", "[TRITON_BATCH_STRATEGY_PATH]"),
            "a batching strategy must not be set for a model with sequences",
            "remove the parameter",
            "sequence",
        )
    yield from _controls(config, batching)
    yield from _states(config, batching)


def _controls(config: Config, batching: Any) -> Iterator[Problem]:
    control_kinds = definitions().ModelSequenceBatching.Control
    names: set[str] = set()
    kinds: set[int] = set()
    for index, tensor in enumerate(batching.control_input):
        place = ("sequence_batching", "control_input", index)
        if not tensor.name or tensor.name in names:
            yield config.problem(
                (*place, "name"),
                f"every control input must have a name of its own (got '{shown(tensor.name)}')",
                "name each after one of the model's inputs",
                "sequence",
            )
        names.add(tensor.name)
        for number, control in enumerate(tensor.control):
            here = (*place, "control", number)
            if control.kind in kinds:
                yield config.problem(here, "every kind of control must come once", "remove one of the two", "sequence")
            kinds.add(control.kind)
            given = [control.int32_false_true, control.fp32_false_true, control.bool_false_true]
            if control.kind == control_kinds.CONTROL_SEQUENCE_CORRID:
                allowed = ("TYPE_UINT64", "TYPE_INT64", "TYPE_UINT32", "TYPE_INT32", "TYPE_STRING")
                types = definitions().DataType
                if any(given) or control.data_type not in map(types.Value, allowed):
                    yield config.problem(
                        here,
                        f"a correlation id must have a data_type of {', '.join(allowed)}, and no false and true values",
                        "write data_type: TYPE_UINT64 alone",
                        "sequence",
                    )
            elif sorted(map(len, given)) != [0, 0, 2]:
                yield config.problem(
                    here,
                    "a control must give its false and its true value in one of int32_false_true, fp32_false_true "
                    "and bool_false_true",
                    "write int32_false_true: [ 0, 1 ]",
                    "sequence",
                )


def _states(config: Config, batching: Any) -> Iterator[Problem]:
    names: set[str] = set()
    for index, state in enumerate(batching.state):
        place = ("sequence_batching", "state", index)
        if not state.input_name or state.input_name in names:
            yield config.problem(
                (*place, "input_name"),
                f"every state must have an input of its own (got '{shown(state.input_name)}')",
                "correct or remove it",
                "sequence",
            )
        names.add(state.input_name)
        for number, initial in enumerate(state.initial_state):
            fits = len(initial.dims) == len(state.dims) and all(
                mine > 0 and theirs in (-1, mine) for mine, theirs in zip(initial.dims, state.dims, strict=False)
            )
            if number or not initial.name or initial.data_type != state.data_type or not fits:
                yield config.problem(
                    (*place, "initial_state", number),
                    "a state must have at most one initial state, with a name, the state's data type, "
                    "and dims that fit the state's and have no -1",
                    "correct or remove it",
                    "sequence",
                )


def instance_problems(config: Config, platform: str) -> Iterator[Problem]:
    groups = config.message.instance_group
    for index, group in enumerate(groups):
        yield from _group_problems(config, ("instance_group", index), group, platform)
    total = sum(max(group.count, 1) for group in groups)
    if total > MOST_INSTANCES:
        yield config.problem(
            ("instance_group",),
            f"a model must have at most {MOST_INSTANCES:,} instances (asks for {total:,})",
            "lower 'count'; each instance holds the model in memory once more",
            "instance-count",
        )


def _group_problems(config: Config, place: tuple[str, int], group: Any, platform: str) -> Iterator[Problem]:
    kinds = definitions().ModelInstanceGroup.Kind
    if group.count < 0 or (group.count == 0 and config.says((*place, "count"))):
        yield config.problem(
            (*place, "count"),
            f"'count' must be at least 1 (got {group.count}, which Triton quietly takes for 1)",
            "write 1, or leave it out",
            "instance-count",
        )
    if group.kind not in kinds.values():
        yield config.problem(
            (*place, "kind"),
            f"'kind' must be one of {', '.join(kinds.keys())} (got the number {group.kind})",
            "write it by its name",
            "instance-kind",
        )
    elif group.gpus and kinds.Name(group.kind) in ("KIND_CPU", "KIND_MODEL"):
        yield config.problem(
            (*place, "gpus"),
            f"an instance group of {kinds.Name(group.kind)} must not list GPUs",
            "remove 'gpus', or write kind: KIND_GPU",
            "instance-kind",
        )
    seen: set[int] = set()
    for number, gpu in enumerate(group.gpus):
        if gpu < 0 or gpu in seen:
            yield config.problem(
                (*place, "gpus", number),
                f"'gpus' must list different indexes from 0 (got {gpu})",
                "count GPUs from 0, each once",
                "instance-gpus",
            )
        seen.add(gpu)
    if group.profile and platform != "tensorrt_plan":
        yield config.problem(
            (*place, "profile"),
            "'profile' must only be set for TensorRT models",
            "remove it",
            "instance-kind",
        )
