"""Decides whether a model directory is acceptable: the one way in, for components and for the command line."""

from dataclasses import dataclass
from pathlib import Path

from ..rules.problems import Problem
from .layout import read_layout
from .tree import Tree, read_tree


@dataclass(frozen=True)
class Model:
    name: str
    versions: tuple[int, ...]
    """Every version there is, ascending."""
    served: tuple[int, ...]
    """The versions that Triton will serve under the model's version policy, ascending."""
    backend: str
    """onnxruntime, python …; 'ensemble' for an ensemble."""
    asks_for_gpu: bool
    """Whether an instance group insists on a GPU (KIND_GPU); such a model does not start without one."""
    gpus: tuple[int, ...] = ()
    """The GPU indexes that instance groups name, ascending."""
    instances: int = 1
    """Instances over all groups, as far as the configuration says."""


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
    layout = read_layout(tree)
    models = tuple(
        Model(model.name, model.versions, model.versions[-1:], "", asks_for_gpu=False) for model in layout.models
    )
    return Check(tree, models, tuple(sorted([*problems, *layout.problems])), ())
