"""Python environments for entry scripts: packages and the scoring server, content-addressed and reused.

    $XDG_CACHE_HOME/triton-serving/environments/
      <digest>/                  a virtual environment; its requirements.txt is the lock: what is installed, with hashes
      <digest>.owners/<owner>    who needs it: the resources that made it and the services that run on it
      <digest>.lock              held while it is made or removed

An environment goes with its last owner. It is addressed by what was asked for, not by what the index gave for it: the
same request gives the same environment until everybody has let go of it.
"""

import hashlib
import shutil
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..entry import scoring_server
from ..entry.environment_packages import installed, with_base, with_given_hashes, without_hashes
from ..entry.uv import run_uv
from ..models.registry.locks import exclusive_file, exclusive_if_free
from ..models.user_folders import cache_home
from ..models.work import Work
from ..rules.environment import PYTHON
from ..rules.problems import UserError

LOCK = "requirements.txt"
_PREFIX = "local-environment@sha256:"
_LAYOUT = "1"


@dataclass(frozen=True)
class Environment:
    reference: str
    """local-environment@sha256:<64 hex>: the same for the same packages, Python and scoring server."""
    packages: tuple[str, ...]
    """What is installed, name==version, sorted."""


def reference_of(requirements: Sequence[str], python_version: str) -> str:
    """What the environment will be called; nothing is installed. Requirements as `read_requirements` gives them."""
    parts = (_LAYOUT, python_version, scoring_server.scoring_server_digest(), *with_base(requirements))
    return f"{_PREFIX}{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()}"


def make_environment(requirements: Sequence[str], python_version: str, owner: str, work: Work) -> Environment:
    """Makes it unless it is there, and holds it for the owner; raises `UserError` with uv's reason when the packages
    cannot be installed together, and then leaves nothing."""
    reference = reference_of(requirements, python_version)
    home = _home(reference)
    with _alone(home, work):
        if not _is_whole(home):
            _build(home, requirements, python_version, work)
        _hold(home, owner)
    return Environment(reference, installed((home / LOCK).read_text()))


def find_environment(reference: str) -> Environment | None:
    """One whose Python was removed from the machine is as good as none."""
    home = _home(reference)
    return Environment(reference, installed((home / LOCK).read_text())) if _is_whole(home) else None


def interpreter_of(reference: str) -> Path:
    """The environment's python; raises `UserError` when it is not there (any more)."""
    home = _home(reference)
    if not _is_whole(home):
        raise UserError(f"{reference}: this environment is not on this machine; `pulumi up --refresh` makes it again")
    return home / "bin" / "python"


def hold_environment(reference: str, owner: str, work: Work) -> None:
    """Keeps it on the machine for one more owner; raises `UserError` when it is not there (any more)."""
    home = _home(reference)
    with _alone(home, work):
        interpreter_of(reference)
        _hold(home, owner)


def reference_at(interpreter: Path) -> str:
    """The environment that an interpreter belongs to, as `interpreter_of` gave it."""
    return f"{_PREFIX}{interpreter.parent.parent.name}"


def keep_environments(owner: str, references: Collection[str]) -> None:
    """Lets go of all that the owner holds but these; what nobody else holds is removed."""
    kept = {_home(reference) for reference in references}
    for held in sorted(_all().glob(f"*.owners/{owner}")):
        home = held.parent.with_suffix("")
        if home not in kept:
            with _alone(home, Work()):
                held.unlink(missing_ok=True)


def check_python(python_version: str, work: Work) -> None:
    """Raises `UserError` when this machine has no such Python. None is downloaded: what runs is what was installed."""
    if python_version != PYTHON:
        run_uv("python", "find", "--no-python-downloads", python_version, task=f"Python {python_version}", work=work)


def _all() -> Path:
    return cache_home() / "environments"


def _home(reference: str) -> Path:
    return _all() / reference.removeprefix(_PREFIX)


def _is_whole(home: Path) -> bool:
    return (home / "bin" / "python").exists()


def _hold(home: Path, owner: str) -> None:
    held = home.with_suffix(".owners") / owner
    held.parent.mkdir(exist_ok=True)
    held.touch()


@contextmanager
def _alone(home: Path, work: Work) -> Iterator[None]:
    """Nobody else makes or removes it meanwhile. Afterwards, what nobody holds is gone, without a trace."""
    lock = home.with_suffix(".lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        with exclusive_file(lock, work):
            try:
                yield
            finally:
                _clear_up(home)
        # And what runs that were killed have left.
        for other in _all().glob("*.lock"):
            with exclusive_if_free(other) as free:
                if free:
                    _clear_up(other.with_suffix(""))
    except OSError as error:
        way_out = "make room there, or set XDG_CACHE_HOME to a folder on a larger disk that you may write to"
        raise UserError(f"{error.filename or home}: {error.strerror}; {way_out}") from error
    finally:
        with suppress(OSError):
            lock.parent.rmdir()  # fails while there is anything in it


def _clear_up(home: Path) -> None:
    """Removes it when nobody holds it; to be called by who has its lock."""
    owners = home.with_suffix(".owners")
    with suppress(OSError):
        owners.rmdir()  # fails while somebody is in it
    if not owners.exists():
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(home.with_suffix(".building"), ignore_errors=True)
        home.with_suffix(".lock").unlink(missing_ok=True)


def _build(home: Path, requirements: Sequence[str], python_version: str, work: Work) -> None:
    """Makes it beside its place, which it takes only once it works."""
    building = home.with_suffix(".building")
    shutil.rmtree(building, ignore_errors=True)  # of a run that was killed
    task = "installing the packages of the entry script"
    work.say(task)
    work.checkpoint()
    try:
        # The running Python need not be on PATH, so it is named by its path.
        python = sys.executable if python_version == PYTHON else python_version
        run_uv("venv", "--relocatable", "--no-python-downloads", "--python", python, building, task=task, work=work)
        lock = _lock(building, requirements, work)
        # From here and not from the program's folder: a project there may have settings that are meant for itself.
        into = ("--directory", building, "--python", building / "bin" / "python", "--quiet")
        run_uv("pip", "install", *into, "--require-hashes", "--requirements", lock, task=task, work=work)
        server = scoring_server.SCORING_SERVER
        run_uv("pip", "install", *into, "--no-deps", server, task="installing the scoring server", work=work)
        shutil.rmtree(home, ignore_errors=True)
        building.rename(home)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _lock(building: Path, requirements: Sequence[str], work: Work) -> Path:
    """Every package with its version and the hashes of its files, the scoring server's own included."""
    wanted, lock = building / "requirements.in", building / LOCK
    lines = [*without_hashes(with_base(requirements)), *scoring_server.needs_of_scoring_server()]
    wanted.write_text("".join(f"{line}\n" for line in lines))
    into = ("--directory", building, "--python", building / "bin" / "python", "--quiet")
    form = ("--generate-hashes", "--no-annotate", "--no-header", "--output-file", lock)
    task = "choosing versions for the entry script and the scoring server"
    run_uv("pip", "compile", *into, *form, wanted, task=task, work=work)
    lock.write_text(with_given_hashes(lock.read_text(), requirements))
    return lock
