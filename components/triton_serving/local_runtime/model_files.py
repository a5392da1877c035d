"""A model version as files: taken out of its image, every byte verified, and laid out for Triton."""

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..models.check import Check, Model, check_directory
from ..models.pull import pull
from ..models.registry.open import open_image
from ..models.work import Work
from ..plan.service import ServedModel
from ..rules.problems import UserError, refuse
from .gpus import NO_GPUS, Gpus, find_gpus
from .repository_view import is_complete, make_view, needs_onnx_on_gpus, notices, unfit
from .shared_memory import room_problem

_MODEL = "model"
REPOSITORY = "repository"


@dataclass(frozen=True)
class ModelFiles:
    digest: str
    model: Path
    """AZUREML_MODEL_DIR: contains the registered folder under its own name."""
    repository: Path
    """Triton's view of it: the same files, with models put on the CPU that have no GPU on this machine."""
    models: tuple[ServedModel, ...]
    size: int
    """Bytes of all files."""
    notices: tuple[str, ...]
    onnx_on_gpus: bool
    complete: bool
    """Whether the models' configurations leave nothing for Triton to find out."""


def fetch_model(
    reference: str, into: Path, work: Work, *, allow_plain_http: bool = False, for_triton: bool = True
) -> ModelFiles:
    """For the Triton of this machine. `for_triton` refuses what it cannot serve; a script that loads the model itself
    may."""
    folder, check = take_model(reference, into, work, allow_plain_http=allow_plain_http)
    gpus = find_gpus() if for_triton else NO_GPUS
    repository = folder / _view_for(gpus)
    if for_triton:
        refuse(unfit(check.models))
        if not repository.exists():  # a new Triton will start for it
            _refuse_without_room(check.models)
        lay_out(check, repository, gpus)
    return ModelFiles(
        digest=reference.rpartition("@")[2],
        model=folder / _MODEL,
        repository=repository,
        models=tuple(ServedModel(model.name, model.served) for model in check.models),
        size=sum(file.size for file in check.tree.files),
        notices=notices(check.models, gpus) if for_triton else (),
        onnx_on_gpus=for_triton and needs_onnx_on_gpus(check.models, gpus),
        complete=is_complete(check),
    )


def take_model(reference: str, into: Path, work: Work, *, allow_plain_http: bool = False) -> tuple[Path, Check]:
    """Makes `into/<digest>/model` from an image by digest (oci-layout:///folder@sha256:… or host/name@sha256:…), unless
    it is there already, and gives `into/<digest>`. Atomic: a run that is stopped leaves nothing that looks whole.
    Verifies each layer's digest, and that the files are exactly those that the image's config lists."""
    digest = reference.rpartition("@")[2]
    folder = into / digest.removeprefix("sha256:")
    if not (folder / _MODEL).exists():
        with _told(folder):
            registry, name, _ = open_image(reference, allow_plain_http, work)
            _make_whole(folder / _MODEL, lambda model: pull(registry, name, digest, model, work))
    (registered,) = (folder / _MODEL).iterdir()
    check = check_directory(registered)
    refuse(check.problems)
    return folder, check


def lay_out(check: Check, repository: Path, gpus: Gpus) -> None:
    """Makes a folder beside `model`, as Triton is to see it."""
    with _told(repository.parent):
        _make_whole(repository, lambda view: make_view(check, view, gpus))


def _view_for(gpus: Gpus) -> str:
    """A machine that gets a GPU, or whose GPUs get a newer driver, gets another view, and so another Triton."""
    if gpus.none_because:
        return REPOSITORY
    return f"{REPOSITORY}-gpu-python" if gpus.not_for_onnx_because else f"{REPOSITORY}-gpu"


def _refuse_without_room(models: Iterable[Model]) -> None:
    problem = room_problem(models)
    if problem is not None:
        raise UserError(problem)


def _make_whole(place: Path, fill: Callable[[Path], None]) -> None:
    """A folder that is there in full or not at all, also after a power cut."""
    if place.exists():
        return
    part = place.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)  # what a killed run left
    part.mkdir(parents=True)
    try:
        fill(part)
        os.sync()  # all files at once: one call for each takes minutes where there are many small ones
        part.rename(place)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if not place.exists():
            with suppress(OSError):  # holds other files
                place.parent.rmdir()


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        way_out = "make room there" if full else "check the disk and the folder"
        raise UserError(
            f"{folder}: model files cannot be kept there ({error.strerror}); {way_out}, or set XDG_DATA_HOME to a "
            "folder on another disk, then run the same command again"
        ) from error
