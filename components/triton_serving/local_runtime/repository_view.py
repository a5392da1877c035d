"""Triton's view of a model version: the same files, put on the CPU where this machine has no GPU for a model."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from google.protobuf import text_format

from ..models.backends import ENSEMBLE, KINDS, PYTHON
from ..models.check import Check, Model
from ..models.config import Configured, configure
from ..models.layout import CONFIG, ModelFolder, read_layout
from ..models.pbtxt import Config, definitions, parse
from ..rules.problems import Problem
from .gpus import Gpus

SERVED = frozenset({PYTHON, "onnxruntime", ENSEMBLE})
"""What the local Triton has of the backends of NVIDIA's images; others come along inside of a model's folder."""


def unfit(models: Iterable[Model]) -> Iterator[Problem]:
    """What this machine's Triton can serve in no way."""
    for model in models:
        if model.backend in KINDS and model.backend not in SERVED:
            yield Problem(
                model.name,
                None,
                f"the Triton of this machine has the backends python and onnxruntime (needs {model.backend})",
                "serve it from a cluster, convert it to ONNX, or load it in an entry script (mode: script)",
                "local-backend",
            )


def notices(models: Iterable[Model], gpus: Gpus) -> tuple[str, ...]:
    """On what each model runs that asks for a GPU, or that Triton would give one."""
    return tuple(filter(None, (_notice(model, gpus) for model in models)))


def _notice(model: Model, gpus: Gpus) -> str | None:
    if _is_moved(model, gpus):
        return (
            f"{model.name}: runs on the CPU, since {gpus.why_not(model.backend)}; its configuration is left as it is, "
            "so the same directory uses a GPU where there is one"
        )
    if gpus.none_because or not model.takes_gpus:
        return None
    numbers = " and ".join(map(str, model.gpus))
    return f"{model.name}: placed on {f'GPU {numbers}' if numbers else 'every GPU of this machine'}"


def needs_onnx_on_gpus(models: Iterable[Model], gpus: Gpus) -> bool:
    """Whether an ONNX model will run on a GPU here."""
    return any(
        model.backend == "onnxruntime" and model.takes_gpus and not gpus.why_not(model.backend) for model in models
    )


def is_complete(check: Check) -> bool:
    """Whether no model leaves an input or output to be found out, by Triton or by its own auto_complete_config."""
    return all(_is_complete(configure(check.tree, folder)) for folder in read_layout(check.tree).models)


def _is_complete(configured: Configured | list[Problem]) -> bool:
    if isinstance(configured, list) or configured.message is None or configured.backend.name not in SERVED:
        return False
    asks_model = configured.backend.name == PYTHON and not configured.complete
    return bool(configured.message.input and configured.message.output) and not asks_model


def make_view(check: Check, view: Path, gpus: Gpus) -> None:
    """Fills a folder beside the one with the files; a model is a link to its folder, unless it has to be changed."""
    facts = {model.name: model for model in check.models}
    for folder in read_layout(check.tree).models:
        files = Path(os.path.relpath(check.tree.locate(folder.folder.path), view))
        if not _is_moved(facts[folder.name], gpus):
            (view / folder.name).symlink_to(files)
            continue
        (view / folder.name).mkdir()
        for name in (*folder.folder.folders, *folder.folder.files):
            if name != CONFIG:
                (view / folder.name / name).symlink_to(Path("..") / files / name)
        (view / folder.name / CONFIG).write_text(_on_cpu(check, folder))


def _is_moved(model: Model, gpus: Gpus) -> bool:
    """Where the machine has no GPU at all, Triton itself puts on the CPU what does not ask for one."""
    asks = model.asks_for_gpu or bool(model.gpus)
    return gpus.why_not(model.backend) is not None and (asks if gpus.none_because else model.takes_gpus)


def _on_cpu(check: Check, folder: ModelFolder) -> str:
    given = check.tree.locate(folder.config_path).read_bytes() if CONFIG in folder.folder.files else b""
    parsed = parse(folder.config_path, given)
    if not isinstance(parsed, Config):
        raise TypeError(f"{folder.config_path} was checked before")
    kinds = definitions().ModelInstanceGroup
    for group in parsed.message.instance_group or [parsed.message.instance_group.add()]:
        if group.kind in (kinds.KIND_GPU, kinds.KIND_AUTO):
            group.kind = kinds.KIND_CPU
            del group.gpus[:]
    return str(text_format.MessageToString(parsed.message))
