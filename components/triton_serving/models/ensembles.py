"""Ensembles: whether the tensors find their way through the steps, and none contains itself."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ..rules.problems import Problem
from ..rules.wording import nearest, shown
from .backends import ENSEMBLE
from .config_lines import Place
from .pbtxt import Config


def ensemble_problems(config: Config) -> Iterator[Problem]:
    """What an ensemble's own configuration tells."""
    message = config.message
    if message.platform != ENSEMBLE:
        if message.HasField("ensemble_scheduling"):
            yield config.problem(
                ("ensemble_scheduling",),
                "only a model with platform: \"ensemble\" may have 'ensemble_scheduling'",
                'write platform: "ensemble", and no backend',
                "ensemble-settings",
            )
        return
    present = {setting.name for setting, _ in message.ListFields()}
    for setting in ("instance_group", "optimization", "model_warmup"):
        if setting in present:
            yield config.problem(
                (setting,),
                f"an ensemble must not have '{setting}': it runs nothing itself",
                "set it for the models of its steps",
                "ensemble-settings",
            )
    steps = message.ensemble_scheduling.step
    if not steps:
        yield config.problem(
            ("ensemble_scheduling",),
            "an ensemble must have steps",
            "add ensemble_scheduling { step [ { model_name: … input_map … output_map … } ] }",
            "ensemble-step",
        )
    incomplete = False
    for index, step in enumerate(steps):
        for setting in ("model_name", "input_map", "output_map"):
            if not getattr(step, setting):
                incomplete = True
                yield config.problem(
                    (*step_place(index), setting), f"every step must have '{setting}'", "add it", "ensemble-step"
                )
    if steps and not incomplete:
        yield from _flow(config)


def step_place(index: int) -> tuple[str, str, int]:
    return ("ensemble_scheduling", "step", index)


class _Wires:
    """Which tensors the steps read and write, and which of them ever come."""

    def __init__(self, message: Any) -> None:
        steps = message.ensemble_scheduling.step
        self.readers: dict[str, set[int]] = {}
        for index, step in enumerate(steps):
            for tensor in step.input_map.values():
                self.readers.setdefault(tensor, set()).add(index)
        self.written = {tensor for step in steps for tensor in step.output_map.values()}
        self.ready = {tensor.name for tensor in message.input}
        """Those that come: the ensemble's inputs, and what is written by steps all of whose inputs come."""
        waiting = [len(set(step.input_map.values())) for step in steps]
        queue = list(self.ready)
        while queue:
            for index in self.readers.get(queue.pop(), ()):
                waiting[index] -= 1
                if waiting[index] == 0:
                    fresh = set(steps[index].output_map.values()) - self.ready
                    self.ready |= fresh
                    queue.extend(fresh)


def _flow(config: Config) -> Iterator[Problem]:
    """Whether every tensor comes from somewhere and leads somewhere."""
    wires = _Wires(config.message)
    yield from _unused(config, wires)
    yield from _badly_written(config, wires)
    yield from _badly_read(config, wires)


def _unused(config: Config, wires: _Wires) -> Iterator[Problem]:
    """Inputs and outputs of the ensemble that are in no map."""
    message = config.message
    mapped = [*wires.readers, *wires.written]
    for direction, tensors in (("input", message.input), ("output", message.output)):
        for index, tensor in enumerate(tensors):
            if tensor.name not in wires.readers and tensor.name not in wires.written:
                yield config.problem(
                    (direction, index),
                    f"every {direction} of an ensemble must be mapped by a step ('{shown(tensor.name)}' is not)",
                    _did_you_mean(tensor.name, mapped),
                    "ensemble-tensor",
                )


def _badly_written(config: Config, wires: _Wires) -> Iterator[Problem]:
    """By two steps, or for nobody."""
    writers: Counter[str] = Counter()
    outputs = {tensor.name for tensor in config.message.output}
    for place, tensor in _mapped(config, "output_map"):
        writers[tensor] += 1
        if writers[tensor] == 2:
            yield config.problem(
                place,
                f"a tensor must be written by one step only (another one writes '{shown(tensor)}' too)",
                "give the tensor another name in one of them",
                "ensemble-tensor",
            )
        if tensor not in wires.readers and tensor not in outputs:
            yield config.problem(
                place,
                f"every tensor must be read by a step or be an output of the ensemble ('{shown(tensor)}' is not)",
                "remove it from the map; a model's output need not be mapped",
                "ensemble-tensor",
            )


def _badly_read(config: Config, wires: _Wires) -> Iterator[Problem]:
    """Before it is there, or though it never comes."""
    circle: dict[str, Place] = {}
    for place, tensor in _mapped(config, "input_map"):
        if tensor in wires.ready:
            continue
        if tensor in wires.written:
            circle.setdefault(tensor, place)
            continue
        yield config.problem(
            place,
            f"a step must read an input of the ensemble or what another step writes ('{shown(tensor)}' is neither)",
            _did_you_mean(tensor, [*wires.ready, *wires.written]),
            "ensemble-tensor",
        )
    if circle:
        names = f"'{shown(', '.join(circle))}' {'is' if len(circle) == 1 else 'are'} never written"
        yield config.problem(
            next(iter(circle.values())),
            f"steps must not wait for each other in a circle ({names})",
            "map one of these inputs to a tensor that comes from the ensemble's inputs",
            "ensemble-cycle",
        )


def _mapped(config: Config, direction: str) -> Iterator[tuple[Place, str]]:
    """The ensemble's tensors in the steps' maps, and where they are named."""
    for index, step in enumerate(config.message.ensemble_scheduling.step):
        for key, tensor in sorted(getattr(step, direction).items()):
            yield (*step_place(index), direction, f"[{key}]"), tensor


def _did_you_mean(name: str, known: list[str]) -> str:
    near = nearest(name, known[:1000])
    return f"write '{shown(near)}'" if near else "map it in a step, or remove it"


def circle_problems(ensembles: Mapping[str, Config]) -> Iterator[Problem]:
    """Ensembles may nest as deeply as they like, but none may contain itself."""
    inner = {
        name: sorted({step.model_name for step in config.message.ensemble_scheduling.step} & ensembles.keys())
        for name, config in ensembles.items()
    }
    done: set[str] = set()
    for start in sorted(inner):
        path: dict[str, Iterator[str]] = {}
        if start not in done:
            path[start] = iter(inner[start])
        while path:
            name = next(reversed(path))
            child = next(path[name], None)
            if child is None:
                done.add(name)
                del path[name]
            elif child in path:
                names = list(path)
                circle = " -> ".join([*names[names.index(child) :], child])
                yield ensembles[name].problem(
                    ("ensemble_scheduling",),
                    f"ensembles must not contain themselves ({shown(circle)})",
                    "break the circle at one of its steps",
                    "ensemble-cycle",
                )
            elif child not in done:
                path[child] = iter(inner[child])
