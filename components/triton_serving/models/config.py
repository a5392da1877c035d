"""One model's configuration: read, parsed and held against every rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..rules.problems import Problem
from ..rules.wording import shown
from . import python_models
from .backends import ENSEMBLE, PYTHON, Backend, backend_problems, find_backend
from .ensembles import ensemble_problems
from .environments import environment_notices, environment_problems
from .file_rules import holds, linked_file_problems, model_file_problems
from .layout import CONFIG, Folder, ModelFolder
from .pbtxt import LARGEST_CONFIG, Config, parse
from .python_source import LARGEST_SOURCE
from .scheduling_rules import instance_problems, scheduling_problems
from .tensor_rules import tensor_problems
from .tree import File, Tree
from .version_rules import served_versions, version_problems
from .warmup_rules import warmup_problems

_MISPLACED = frozenset({"config.pbtxt", "config.pbtxt.txt", "config.pbtext", "config.prototxt", "config.pb.txt"})


@dataclass(frozen=True)
class Configured:
    """A model with what its configuration makes of it."""

    tree: Tree
    model: ModelFolder
    config: Config | None
    """None where there is none, which is fine for some backends."""

    @property
    def message(self) -> Any | None:
        return self.config.message if self.config else None

    @cached_property
    def backend(self) -> Backend:
        return find_backend(self.message, self.model)

    @cached_property
    def served(self) -> tuple[int, ...]:
        return served_versions(self.config, self.model)

    @cached_property
    def complete(self) -> bool:
        """Whether the configuration has to tell every input and output, because Triton cannot learn them."""
        if self.backend.name == PYTHON:
            sources = self.sources.values()
            return bool(sources) and not any(map(python_models.completes, sources))
        return not self.backend.completes

    @cached_property
    def sources(self) -> dict[str, bytes]:
        """The Python files that the served versions are, by path."""
        if self.backend.name != PYTHON or not self.backend.file:
            return {}
        found = (self.model.version(version).find(self.backend.file) for version in self.served)
        return {
            file.path: self.tree.locate(file.path).read_bytes()
            for file in found
            if isinstance(file, File) and 0 < file.size <= LARGEST_SOURCE
        }


def configure(tree: Tree, model: ModelFolder) -> Configured | list[Problem]:
    """The model with its configuration, or why that cannot be read."""
    file = model.folder.files.get(CONFIG)
    if file is None:
        return Configured(tree, model, None)
    if file.size > LARGEST_CONFIG:
        problem = Problem(
            file.path,
            None,
            f"a configuration must have at most {LARGEST_CONFIG:,} bytes (has {file.size:,})",
            "move data into files of its own",
            "config-size",
        )
        return [problem]
    parsed = parse(file.path, tree.locate(file.path).read_bytes())
    return Configured(tree, model, parsed) if isinstance(parsed, Config) else parsed


def model_problems(configured: Configured) -> Iterator[Problem]:
    """Everything one model tells by itself; what ensembles ask of others comes after."""
    model, config, backend = configured.model, configured.config, configured.backend
    if config is None:
        misplaced = list(_misplaced(model))
        yield from misplaced or _without_config(configured)
    else:
        yield from _name(config, model)
        yield from version_problems(config, model)
        yield from backend_problems(config, model, backend)
        yield from tensor_problems(config, backend.platform or _platform(backend), configured.complete)
        yield from scheduling_problems(config)
        yield from ensemble_problems(config)
        yield from linked_file_problems(config, model)
        yield from warmup_problems(config, model, configured.complete)
        if backend.name != ENSEMBLE:
            yield from instance_problems(config, backend.platform or _platform(backend))
        if backend.name == PYTHON:
            yield from environment_problems(config, model, configured.tree)
    yield from model_file_problems(config, model, configured.served, backend)
    for path, source in configured.sources.items():
        yield from python_models.source_problems(path, source)


def model_notices(configured: Configured) -> Iterator[str]:
    if configured.config and configured.backend.name == PYTHON:
        yield from environment_notices(configured.config, configured.model)


def _platform(backend: Backend) -> str:
    """Triton fills in the platform where a backend has just one."""
    return backend.kind.platforms[0] if len(backend.kind.platforms) == 1 else ""


def _name(config: Config, model: ModelFolder) -> Iterator[Problem]:
    name = config.message.name
    if name and name != model.name:
        yield config.problem(
            ("name",),
            f"'name' must be the folder's name, {model.name} (got '{shown(name)}')",
            "correct it, or leave it out",
            "config-name",
        )


def _without_config(configured: Configured) -> Iterator[Problem]:
    model, backend = configured.model, configured.backend
    if backend.name and not configured.complete:
        return
    if not backend.name:
        latest = model.version(model.versions[-1])
        found = f"model.onnx or model.py would tell what serves it; version {model.versions[-1]} {holds(latest)}"
    elif backend.name == PYTHON:
        found = "its model.py has no auto_complete_config"
    else:
        found = f"Triton cannot learn the inputs and outputs of a {backend.name} model"
    yield Problem(
        model.config_path,
        None,
        f"this model must have a config.pbtxt ({found})",
        "write one with backend, input and output"
        + (", or add auto_complete_config" if backend.name == PYTHON else ""),
        "config-missing",
    )


def _misplaced(model: ModelFolder) -> Iterator[Problem]:
    """A configuration that Triton would not find, and would serve the model without."""
    versions: list[Folder] = [model.version(number) for number in model.versions]
    for folder in (model.folder, *versions):
        for name in sorted([*folder.files, *folder.folders]):
            if name.casefold() in _MISPLACED:
                yield Problem(
                    f"{folder.path}/{name}",
                    None,
                    f"a model's configuration must be the file {model.config_path}",
                    "move or rename it; Triton would not find it",
                    "config-place",
                )
