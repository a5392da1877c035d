"""Ensembles: whether the tensors find their way through the steps, and none contains itself."""

from collections import Counter
from collections.abc import Iterator, Mapping

from ..rules.problems import Problem
from ..rules.wording import nearest, shown
from .backends import ENSEMBLE
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


def _flow(config: Config) -> Iterator[Problem]:
    """Follows the tensors from the ensemble's inputs; steps whose inputs never come are in a cycle or cut off."""
    message = config.message
    steps = message.ensemble_scheduling.step
    readers: dict[str, set[int]] = {}
    writers: Counter[str] = Counter()
    for index, step in enumerate(steps):
        for tensor in step.input_map.values():
            readers.setdefault(tensor, set()).add(index)
        for key, tensor in sorted(step.output_map.items()):
            writers[tensor] += 1
            if writers[tensor] == 2:
                yield config.problem(
                    (*step_place(index), "output_map", f"[{key}]"),
                    f"a tensor must be written by one step only (another one writes '{shown(tensor)}' too)",
                    "give the tensor another name in one of them",
                    "ensemble-tensor",
                )
    ready = {tensor.name for tensor in message.input}
    waiting = [len(set(step.input_map.values())) for step in steps]
    queue = list(ready)
    while queue:
        for index in readers.get(queue.pop(), ()):
            waiting[index] -= 1
            if waiting[index] == 0:
                fresh = set(steps[index].output_map.values()) - ready
                ready |= fresh
                queue.extend(fresh)
    for index, tensor in enumerate(message.input):
        if tensor.name not in readers and tensor.name not in writers:
            yield _unused(config, ("input", index), tensor.name, "input")
    outputs = {tensor.name for tensor in message.output}
    for index, tensor in enumerate(message.output):
        if tensor.name not in writers and tensor.name not in readers:
            yield _unused(config, ("output", index), tensor.name, "output")
    circle: dict[str, tuple[str | int, ...]] = {}
    for index, step in enumerate(steps):
        for key, tensor in sorted(step.input_map.items()):
            if tensor not in ready and tensor not in writers:
                yield config.problem(
                    (*step_place(index), "input_map", f"[{key}]"),
                    f"a step must read an input of the ensemble or what another step writes ('{shown(tensor)}' is "
                    "neither)",
                    _did_you_mean(tensor, [*ready, *writers]),
                    "ensemble-tensor",
                )
            elif tensor not in ready:
                circle.setdefault(tensor, (*step_place(index), "input_map", f"[{key}]"))
        for key, tensor in sorted(step.output_map.items()):
            if tensor not in readers and tensor not in outputs:
                yield config.problem(
                    (*step_place(index), "output_map", f"[{key}]"),
                    f"every tensor must be read by a step or be an output of the ensemble ('{shown(tensor)}' is not)",
                    "remove it from the map; a model's output need not be mapped",
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


def _unused(config: Config, place: tuple[str, int], name: str, direction: str) -> Problem:
    steps = config.message.ensemble_scheduling.step
    known = [tensor for step in steps for tensor in (*step.input_map.values(), *step.output_map.values())]
    return config.problem(
        place,
        f"every {direction} of an ensemble must be mapped by a step ('{shown(name)}' is not)",
        _did_you_mean(name, known),
        "ensemble-tensor",
    )


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
