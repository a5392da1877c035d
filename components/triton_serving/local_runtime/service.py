"""A service on this machine from its wish: what it needs is put into its folder, then the supervisor takes over.

deploy   programs, model files, a copy of the script -> a `Deployment` -> serving, or the old one still serves
remove   no process, no file left
"""

import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom

from ..entry.source import Source, copy_source
from ..models.user_folders import data_home
from ..models.work import Work
from ..plan.processes import ScoringPlaces, TritonPlaces
from ..plan.service import Keys, Mode, Script, ServicePlan
from ..plan.times import startup_seconds
from ..rules.problems import UserError
from . import supervision
from .deployment import Deployment
from .environments import hold_environment, interpreter_of, keep_environments, reference_at
from .installation import Installation, install, install_onnxruntime_for_cuda
from .model_files import ModelFiles, fetch_model

_SERVING = "deployment.json"
_INSTALLATION = "triton"
"""A link to the installed server, so that its path in command lines has no character that a shell minds."""
_CUDA_PACKAGES = "TRITON_ONNXRUNTIME_CUDA"
"""Where the backend onnxruntime finds its packages when a model of it runs on a GPU."""
_GIVEN_TO_NOBODY = range(20_000, 30_000)
"""Ports below those that systems choose from, and that Kubernetes opens on its nodes."""


@dataclass(frozen=True)
class ScriptWish:
    source: Source
    environment: str
    """Reference of a ScoringEnvironment."""
    variables: Mapping[str, str] = field(default_factory=dict)
    scoring_timeout_ms: int = Script.scoring_timeout_ms


@dataclass(frozen=True)
class Wish:
    """A service as its user describes it, already checked."""

    name: str
    mode: Mode
    port: int
    model: str | None
    """An image by digest."""
    allow_plain_http: bool = False
    script: ScriptWish | None = None
    startup_seconds: int | None = None
    keys: Keys | None = field(default=None, repr=False)


def services_home() -> Path:
    return data_home() / "services"


def deploy(folder: Path, wish: Wish, work: Work, notice: Callable[[str], None]) -> Deployment:
    """Returns when the service answers. When it does not come to that, what served before still does, and where
    nothing did, nothing is left."""
    existed = (folder / _SERVING).exists()
    try:
        deployment = _prepare(folder, wish, work, notice)
        for text in _apply(folder, wish.script, deployment, work):
            notice(text)
    except BaseException:
        if existed:
            _prune(folder)
        else:
            remove(folder)
        raise
    _prune(folder)
    return deployment


def remove(folder: Path) -> None:
    supervision.stop(folder)
    keep_environments(folder.name, ())
    if folder.exists():
        shutil.rmtree(folder)


def serving(folder: Path) -> Deployment | None:
    """What serves there, or served when the machine went down."""
    try:
        return Deployment.from_json((folder / _SERVING).read_text())
    except FileNotFoundError:
        return None


def free_port() -> int:
    """For who takes it only later, as Docker does: systems give none of these to whoever asks for any."""
    return next(port for port in SystemRandom().sample(_GIVEN_TO_NOBODY, len(_GIVEN_TO_NOBODY)) if port_is_free(port))


@contextmanager
def reserved_port() -> Iterator[int]:
    """A free one that nobody else is given meanwhile; a supervisor and its programs can have it, as they ask for it by
    its number and with SO_REUSEADDR."""
    with socket.socket() as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(("127.0.0.1", 0))
        yield int(found.getsockname()[1])


def port_is_free(port: int) -> bool:
    """Asked in previews; Docker has the right to bind where this user may not."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except PermissionError:
            return True
        except OSError:
            return False
        return True


def _apply(folder: Path, script: ScriptWish | None, deployment: Deployment, work: Work) -> list[str]:
    """What goes wrong in the copy of a script is told of the file that its author edits."""
    try:
        return supervision.apply(folder, deployment, work)
    except UserError as error:
        if script is None:
            raise
        copy = _copy_of(folder, script.source)
        raise UserError(str(error).replace(f"{copy}/", f"{script.source.root.resolve()}/")) from error


def _prepare(folder: Path, wish: Wish, work: Work, notice: Callable[[str], None]) -> Deployment:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made ({error.strerror}); a service keeps its files there") from error
    with ThreadPoolExecutor(2) as threads:  # a large model is read while programs are installed
        model_files = threads.submit(_fetch, folder, wish, work)
        installation = install(work)
        model = model_files.result()
    triton = None if wish.mode is Mode.SCRIPT else model
    for text in triton.notices if triton else ():
        notice(text)
    plan = ServicePlan(
        name=wish.name,
        mode=wish.mode,
        models=triton.models if triton else (),
        script=_script(wish.script) if wish.script else None,
        auth_enabled=wish.keys is not None,
    )
    return Deployment(
        plan=plan,
        port=wish.port,
        gateway=str(installation.envoy),
        triton=_triton(folder, installation, triton, work) if triton else None,
        scoring=_scoring(folder, wish.script, model, work) if wish.script else None,
        startup_seconds=wish.startup_seconds or startup_seconds(model.size if model else 0),
        keys=wish.keys,
    )


def _fetch(folder: Path, wish: Wish, work: Work) -> ModelFiles | None:
    if wish.model is None:
        return None
    for_triton = wish.mode is not Mode.SCRIPT
    return fetch_model(
        wish.model, folder / "models", work, allow_plain_http=wish.allow_plain_http, for_triton=for_triton
    )


def _triton(folder: Path, installation: Installation, model: ModelFiles, work: Work) -> TritonPlaces:
    cuda = install_onnxruntime_for_cuda(work) if model.onnx_on_gpus else None
    link, new = folder / _INSTALLATION, folder / f".{_INSTALLATION}"
    new.unlink(missing_ok=True)
    new.symlink_to(installation.triton)
    new.replace(link)
    return TritonPlaces(
        installation=_INSTALLATION,
        repository=str(model.repository.relative_to(folder)),
        temporary="temporary/triton",
        shared_memory_prefix=f"triton-serving-{folder.name}-",
        environment={**installation.environment, **({_CUDA_PACKAGES: str(cuda)} if cuda else {})},
        complete_configurations=model.complete,
    )


def _scoring(folder: Path, wish: ScriptWish, model: ModelFiles | None, work: Work) -> ScoringPlaces:
    # Held by the service too: what made the environment lets go of it before the service has moved over to the next.
    hold_environment(wish.environment, folder.name, work)
    source = _copy_of(folder, wish.source)
    if not source.exists():
        copy_source(wish.source, source)
    return ScoringPlaces(
        python=str(interpreter_of(wish.environment)),
        source=str(source.relative_to(folder)),
        model=str(model.model.relative_to(folder)) if model else "models/none",
        temporary="temporary/scoring",
    )


def _copy_of(folder: Path, source: Source) -> Path:
    return folder / "sources" / source.digest.removeprefix("sha256:")


def _script(wish: ScriptWish) -> Script:
    variables = dict(wish.variables)
    workers = int(variables.pop("WORKER_COUNT", Script.worker_count))
    return Script(wish.source.entry, workers, wish.scoring_timeout_ms, variables=variables)


def _prune(folder: Path) -> None:
    """Removes models and sources that no longer serve, and lets go of environments."""
    current = serving(folder)
    scoring = current.scoring if current else None
    keep_environments(folder.name, [reference_at(Path(scoring.python))] if scoring else [])
    needed = set()
    if current and current.triton:
        needed.add(Path(current.triton.repository).parts[1])
    if current and current.scoring:
        needed |= {Path(current.scoring.source).parts[1], Path(current.scoring.model).parts[1]}
    for entry in (*folder.glob("models/*"), *folder.glob("sources/*")):
        if entry.name not in needed:
            shutil.rmtree(entry, ignore_errors=True)
