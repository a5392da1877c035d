"""The folder of a service in containers: what they mount, put in place before any of them is made.

    services/<id>/          mode 0700: nobody else of this machine gets in
      gateway/              bootstrap.json clusters.json routes.json; mounted, and replaced by renames
      models/<digest>/      one model version: `model` is AZUREML_MODEL_DIR, `repository` Triton's view of it
      sources/<digest>/     one copy of the entry script's folder
      serving.json          which set of containers serves
      secret                what the names for those inside are made from

What is mounted can be read by everyone, because users of containers are strangers here: Docker mounts those folders,
and the way to them from outside is through the one that only its owner can enter.
"""

import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..entry.source import Source, copy_source
from ..models.work import Work
from ..plan.gateway.configuration import clusters
from ..plan.gateway.inside import container_bootstrap, starting
from ..rules.problems import UserError
from .gpus import NO_GPUS, Gpus
from .model_files import REPOSITORY, lay_out, take_model
from .repository_view import notices

GATEWAY = "gateway"
_SECRET = "secret"  # noqa: S105 - a file
_SERVING = "serving.json"


@dataclass(frozen=True)
class Serving:
    """What the gateway leads to."""

    slot: int
    model: str
    """The names of folders below `models` and `sources`; empty where there is none."""
    source: str


def gateway_folder(folder: Path) -> Path:
    return folder / GATEWAY


def model_folder(folder: Path, reference: str) -> Path:
    return folder / "models" / _plain(reference.rpartition("@")[2])


def source_folder(folder: Path, digest: str) -> Path:
    return folder / "sources" / _plain(digest)


def serving(folder: Path) -> Serving | None:
    try:
        return Serving(**json.loads((folder / _SERVING).read_text()))
    except FileNotFoundError:
        return None


def note_serving(folder: Path, found: Serving) -> None:
    write(folder / _SERVING, vars(found))


def secret_of(folder: Path) -> str:
    return (folder / _SECRET).read_text()


def prepare(
    folder: Path, model: str | None, source: Source | None, work: Work, *, gpus: bool, for_triton: bool, plain: bool
) -> tuple[str, ...]:
    """Everything that the containers mount; gives notices. `plain`: the registry may be asked without encryption."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made ({error.strerror}); a service keeps its files there") from error
    _prune(folder, model, source)
    _begin(folder)
    told: tuple[str, ...] = ()
    if model:
        place, check = take_model(model, folder / "models", work, allow_plain_http=plain)
        if for_triton:
            given = Gpus() if gpus else NO_GPUS
            lay_out(check, place / REPOSITORY, given)
            told = notices(check.models, given)
        _open(place)
    if source:
        copied = source_folder(folder, source.digest)
        if not copied.exists():
            copy_source(source, copied)
        _open(copied)
    return told


def write(file: Path, content: Any) -> None:
    """In one step: whoever reads never sees half of it."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps(content))
    new.chmod(0o644)
    new.replace(file)


def _begin(folder: Path) -> None:
    """A gateway that is started before anything is behind it says so."""
    if not (folder / _SECRET).exists():
        new = folder / f".{_SECRET}"
        new.write_text(secrets.token_hex(16))
        new.replace(folder / _SECRET)
    gateway = gateway_folder(folder)
    gateway.mkdir(exist_ok=True)
    gateway.chmod(0o755)
    write(gateway / "bootstrap.json", container_bootstrap())
    for name, content in (("clusters.json", clusters([])), ("routes.json", starting())):
        if not (gateway / name).exists():
            write(gateway / name, content)


def _prune(folder: Path, model: str | None, source: Source | None) -> None:
    """What neither serves nor is about to. Containers that were replaced are gone since the update before."""
    needed = {model_folder(folder, model).name} if model else set()
    needed |= {source_folder(folder, source.digest).name} if source else set()
    current = serving(folder)
    needed |= {current.model, current.source} if current else set()
    for entry in (*folder.glob("models/*"), *folder.glob("sources/*")):
        if entry.name not in needed:
            shutil.rmtree(entry, ignore_errors=True)


def _open(place: Path) -> None:
    """Whatever this user's umask is."""
    for parent, _, files in os.walk(place):
        Path(parent).chmod(0o755)
        for name in files:
            file = Path(parent, name)
            if not file.is_symlink():
                file.chmod(file.stat().st_mode | 0o444)


def _plain(digest: str) -> str:
    return digest.removeprefix("sha256:")
