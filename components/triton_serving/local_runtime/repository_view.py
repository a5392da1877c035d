"""Triton's view of a model version: the same files, put on the CPU where this machine has no GPU."""

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

SERVED = frozenset({PYTHON, "onnxruntime", ENSEMBLE})
"""What the local Triton has of the backends of NVIDIA's images; others come along inside of a model's folder."""


def has_gpu() -> bool:
    """Whether Triton would find an NVIDIA GPU here: a device that the driver made, not hidden from CUDA programs."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1", "NoDevFiles")
    return not hidden and any(Path("/dev").glob("nvidia[0-9]*"))


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


def notices(models: Iterable[Model], gpu: bool) -> tuple[str, ...]:
    return tuple(
        f"{model.name}: runs on the CPU, since this machine has no NVIDIA GPU; its configuration asks for one "
        "and is left as it is, so the same directory uses a GPU where there is one"
        for model in models
        if not gpu and _names_gpus(model)
    )


def is_complete(check: Check) -> bool:
    """Whether no model leaves an input or output to be found out, by Triton or by its own auto_complete_config."""
    return all(_is_complete(configure(check.tree, folder)) for folder in read_layout(check.tree).models)


def _is_complete(configured: Configured | list[Problem]) -> bool:
    if isinstance(configured, list) or configured.message is None or configured.backend.name not in SERVED:
        return False
    asks_model = configured.backend.name == PYTHON and not configured.complete
    return bool(configured.message.input and configured.message.output) and not asks_model


def make_view(check: Check, view: Path, gpu: bool) -> None:
    """Fills a folder beside the one with the files; a model is a link to its folder, unless it has to be changed."""
    facts = {model.name: model for model in check.models}
    for folder in read_layout(check.tree).models:
        files = Path(os.path.relpath(check.tree.locate(folder.folder.path), view))
        if gpu or not _names_gpus(facts[folder.name]):
            (view / folder.name).symlink_to(files)
            continue
        (view / folder.name).mkdir()
        for name in (*folder.folder.folders, *folder.folder.files):
            if name != CONFIG:
                (view / folder.name / name).symlink_to(Path("..") / files / name)
        (view / folder.name / CONFIG).write_text(_on_cpu(check, folder))


def _names_gpus(model: Model) -> bool:
    return model.asks_for_gpu or bool(model.gpus)


def _on_cpu(check: Check, folder: ModelFolder) -> str:
    parsed = parse(folder.config_path, check.tree.locate(folder.config_path).read_bytes())
    if not isinstance(parsed, Config):
        raise TypeError(f"{folder.config_path} was checked before")
    for group in parsed.message.instance_group:
        if group.kind == definitions().ModelInstanceGroup.KIND_GPU or group.gpus:
            group.kind = definitions().ModelInstanceGroup.KIND_CPU
            del group.gpus[:]
    return str(text_format.MessageToString(parsed.message))
