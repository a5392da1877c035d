"""Decides whether a model directory is acceptable: the one way in, for components and for the command line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ..rules.problems import Problem, in_order
from ..rules.wording import printable
from .backends import ENSEMBLE
from .config import Configured, configure, model_notices, model_problems
from .ensemble_members import Member, member_problems
from .ensembles import circle_problems
from .ignored import why_ignored
from .layout import Layout, read_layout
from .pbtxt import Config, definitions
from .tree import Tree, read_tree

MOST_PROBLEMS = 100
"""Per model and per kind of check."""


@dataclass(frozen=True)
class Model:
    name: str
    versions: tuple[int, ...]
    """Every version there is, ascending."""
    served: tuple[int, ...]
    """The versions that Triton will serve under the model's version policy, ascending."""
    backend: str
    """onnxruntime, python …; 'ensemble' for an ensemble; empty where it cannot be told."""
    asks_for_gpu: bool
    """Whether it cannot start without a GPU: an instance group of KIND_GPU, or a backend that has no other way."""
    gpus: tuple[int, ...]
    """The GPU indexes that instance groups name, ascending."""
    takes_gpus: bool
    """Whether Triton places it on GPUs where there are any: by KIND_GPU or KIND_AUTO, or since no group says it."""
    instances: int
    """Instances over all groups, as far as the configuration says; 0 for an ensemble, which runs nothing itself."""


@dataclass(frozen=True)
class Check:
    tree: Tree
    models: tuple[Model, ...]
    problems: tuple[Problem, ...]
    """What must be put right before the directory can be registered; empty when all is well."""
    notices: tuple[str, ...]
    """What the user should know and nothing has to be done about."""


def check_directory(directory: Path) -> Check:
    """Looks at a model directory with the eyes of the server. Never raises for a bad one."""
    tree, problems = read_tree(directory)
    if not tree.directories:
        return Check(tree, (), tuple(problems), ())
    refused = {problem.path for problem in problems}
    problems = list(_at_most(problems, tree.root.name))
    layout = read_layout(tree)
    try:
        models, notices, faults = _models(tree, layout)
    except OSError as error:  # gone or locked since the walk
        place = printable(str(error.filename or tree.root.name)).removeprefix(f"{tree.root.parent}/")
        fault = Problem(place, None, f"every file must be readable ({error.strerror})", "try again", "unreadable")
        models, notices, faults = (), [], [fault]
    # What the tree refuses is missing afterwards, which need not be told a second time.
    parents = {path.rpartition("/")[0] for path in refused}
    problems += [
        problem
        for problem in (*layout.problems, *faults)
        if problem.path not in refused and not (problem.rule == "layout-empty" and problem.path in parents)
    ]
    return Check(tree, models, tuple(sorted(problems, key=in_order)), (*_left_out(tree), *notices))


def _models(tree: Tree, layout: Layout) -> tuple[tuple[Model, ...], list[str], list[Problem]]:
    models: list[Model] = []
    notices: list[str] = []
    problems: list[Problem] = []
    members: dict[str, Member] = {}
    ensembles: dict[str, Config] = {}
    for model in layout.models:
        configured = configure(tree, model)
        if isinstance(configured, list):
            problems += configured
            members[model.name] = Member(model.versions, None, complete=False)
            models.append(Model(model.name, model.versions, model.versions[-1:], "", False, (), False, 1))
            continue
        problems += _at_most(model_problems(configured), model.folder.path)
        notices += model_notices(configured)
        members[model.name] = Member(configured.served, configured.message, configured.complete)
        if configured.config and configured.backend.name == ENSEMBLE:
            ensembles[model.name] = configured.config
        models.append(_summary(configured))
    for config in ensembles.values():
        problems += _at_most(member_problems(config, members), config.path)
    problems += _at_most(circle_problems(ensembles), tree.root.name)
    return tuple(models), notices, problems


def _summary(configured: Configured) -> Model:
    groups = configured.message.instance_group if configured.message else ()
    kinds = definitions().ModelInstanceGroup
    return Model(
        name=configured.model.name,
        versions=configured.model.versions,
        served=configured.served,
        backend=configured.backend.name,
        asks_for_gpu=configured.backend.kind.needs_gpu or any(group.kind == kinds.KIND_GPU for group in groups),
        gpus=tuple(sorted({gpu for group in groups for gpu in group.gpus})),
        takes_gpus=configured.backend.name != ENSEMBLE
        and (not groups or any(group.kind in (kinds.KIND_GPU, kinds.KIND_AUTO) for group in groups)),
        instances=_instances(groups) if configured.backend.name != ENSEMBLE else 0,
    )


def _instances(groups: Any) -> int:
    """Triton makes each group's instances anew on every GPU that the group names."""
    return sum(max(group.count, 1) * max(len(group.gpus), 1) for group in groups) or 1


def _left_out(tree: Tree) -> Iterator[str]:
    by_name: dict[str, list[str]] = {}
    for path in tree.ignored:
        by_name.setdefault(path.rpartition("/")[2], []).append(path)
    for name, paths in by_name.items():
        more = f" and {len(paths) - 1} more of that name" if len(paths) > 1 else ""
        yield f"{paths[0]}{more}: left out ({why_ignored(name)})"


def _at_most(problems: Iterable[Problem], place: str) -> Iterator[Problem]:
    """Bounds the work and the text that one broken file can cause, and says so."""
    rest = iter(problems)
    yield from islice(rest, MOST_PROBLEMS)
    if next(rest, None) is not None:
        yield Problem(
            place,
            None,
            f"more than {MOST_PROBLEMS} problems were found; the others are not listed",
            "put the listed ones right first",
            "problem-count",
        )
