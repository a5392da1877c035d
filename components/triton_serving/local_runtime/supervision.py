"""How a service on this machine is told what to do, and asked how it is. The supervisor itself is in `supervisor/`."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..models.registry.locks import exclusive_file
from ..models.work import Work
from ..plan.processes import INHERITED
from ..rules.problems import UserError
from .control_connection import ASK_SECONDS, control_connection, listens
from .deployment import Deployment
from .supervisor.code import CODE, digest_of_code
from .supervisor.control import SOCKET
from .supervisor.identity import MARK, Identity, kill_marked, mark_of
from .supervisor.keeper import IDENTITY, RESUME, SUCCESSOR
from .supervisor.remains import NEXT, SERVING, SUPERVISOR, remove_remains

_START_SECONDS = 30.0
"""In which a new supervisor must answer; on two cores that were busy with ten of them it took 3."""
_STOP_SECONDS = 20.0
"""More than the supervisor itself takes, however badly its processes behave."""


@dataclass(frozen=True)
class Status:
    state: str
    """Azure ML's words: Healthy, Transitioning (starting or restarting), Unhealthy (something is down or wrong)."""
    reason: str
    """Why it is not healthy, one line; empty when it is."""
    processes: dict[str, int]
    """Process id by name: gateway, triton, scoring."""


def apply(folder: Path, deployment: Deployment, work: Work) -> list[str]:
    """Brings the service to a deployment; starts the supervisor if none is alive. Returns when the service answers,
    with what its user should know.

    Raises `UserError` with the reason and the last lines of the right log when the new one does not become ready; then
    what served before still does, and where nothing did, nothing is left running. Progress goes to `work.say`; when the
    user asks to stop, what was begun is taken back.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with exclusive_file(folder / "lock", work):
        try:
            _write_privately(folder / NEXT, deployment.to_json())
            anew = _replace_other_code(folder, work)
            if not (folder / SERVING).exists():
                _end(folder)  # a supervisor that was left by a run that was killed, and ends at any moment
            if _keeper(folder) is None:
                _sweep(folder)
                _start_keeper(folder)
            outcome = _ask_to_apply(folder, work)
            if outcome.get("ends"):
                _end(folder)  # while it is known what was begun
        except OSError as error:
            raise UserError(f"{error.filename or folder}: {error.strerror}; mend that and run it again") from error
        finally:
            (folder / NEXT).unlink(missing_ok=True)
        if "done" in outcome:
            notices: list[str] = outcome["done"]
            return [*anew, *notices]
        work.checkpoint()
        still = "" if outcome["ends"] else f"\nwhat served before still does; the logs are in {folder / 'logs'}"
        raise UserError(f"{outcome['failed']}{still}")


def status(folder: Path) -> Status | None:
    """How the service is, or None when nobody runs it (it was stopped or killed, or the machine was started anew)."""
    if _keeper(folder) is None:
        return None
    try:
        with control_connection(folder, ASK_SECONDS) as (write, answers):
            write({"do": "status"})
            answer = next(answers, None)
    except OSError:
        answer = None
    if answer is None:
        return Status("Transitioning", "its supervisor does not answer, or died and is being started again", {})
    return Status(**answer["done"])


def stop(folder: Path) -> None:
    """Ends every process of the service (killed supervisors' orphans included) and what they leave outside of the
    folder (shared memory, temporary folders). Fine when there is nothing. The folder itself stays."""
    if folder.is_dir():
        with exclusive_file(folder / "lock", Work()):
            _end(folder)


def _ask_to_apply(folder: Path, work: Work) -> dict[str, Any]:
    """The supervisor's last word."""
    try:
        with control_connection(folder, seconds=0.2) as (write, answers):
            write({"do": "apply"})
            stopping = False
            for answer in answers:
                if answer is None:  # no news for a moment
                    if work.stop.is_set() and not stopping:
                        write({"do": "cancel"})
                        stopping = True
                elif "say" in answer:
                    work.say(answer["say"])
                else:
                    outcome: dict[str, Any] = answer
                    return outcome
    except OSError:
        pass
    died = f"the supervisor died meanwhile; see {folder}/logs/supervisor.log, and run the same command again"
    # Its keeper lets another one take over what served before.
    return {"failed": died, "ends": not (folder / SERVING).exists()}


def _replace_other_code(folder: Path, work: Work) -> list[str]:
    """A supervisor of another version leaves what it serves to this version's. One that cannot is ended, and what it
    served started again; returns what the user should know of that."""
    if _keeper(folder) is None or _read(folder / CODE) == digest_of_code():
        return []
    try:
        before = Deployment.from_json(_read(folder / SERVING))
    except (ValueError, KeyError, TypeError):  # that version wrote it in another form, or nothing served
        _end(folder)
        return []
    if _takes_over(folder):
        return []
    _end(folder)
    _start_keeper(folder, RESUME)
    deadline = time.monotonic() + before.startup_seconds
    while time.monotonic() < deadline and (now := status(folder)) is not None and now.state != "Healthy":
        work.checkpoint()
        work.say("starting what served before with the supervisor of this version")
        time.sleep(0.1)
    return ["another version of triton-serving ran this service: it was stopped and started again before the update"]


def _takes_over(folder: Path) -> bool:
    """Whether this version's supervisor runs the service now. Its keeper is the same process, so that programs stay."""
    command, environment = _keeper_process(folder, RESUME)
    _write_privately(folder / SUCCESSOR, json.dumps({"command": command, "environment": environment}))
    try:
        with control_connection(folder, ASK_SECONDS) as (write, answers):
            write({"do": "leave"})
            if next(answers, None) is None:  # it does not know how
                return False
    except OSError:
        return False
    deadline = time.monotonic() + _START_SECONDS
    while _keeper(folder) is not None and time.monotonic() < deadline:
        if _read(folder / CODE) == digest_of_code() and listens(folder):
            return True
        time.sleep(0.01)
    return False


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def _keeper(folder: Path) -> Identity | None:
    keeper = Identity.read(folder / IDENTITY)
    return keeper if keeper is not None and keeper.is_alive() else None


def _start_keeper(folder: Path, *options: str) -> None:
    """Returns when its supervisor listens. It belongs to nobody: not to this process, its terminal or its session."""
    log_path = folder / "logs" / "supervisor.log"
    log_path.parent.mkdir(mode=0o700, exist_ok=True)
    command, environment = _keeper_process(folder, *options)
    with os.fdopen(os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
        process = subprocess.Popen(  # noqa: S603 - a module of this package
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if _keeper(folder) is not None and listens(folder):
            return
        time.sleep(0.01)
    _end(folder)
    raise UserError(f"the supervisor of the service did not start; see {log_path}")


def _keeper_process(folder: Path, *options: str) -> tuple[list[str], dict[str, str]]:
    """Command and environment."""
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2]), MARK: mark_of(folder, SUPERVISOR)}
    return [sys.executable, "-P", "-s", "-m", "triton_serving.local_runtime.supervisor", *options], environment


def _end(folder: Path) -> None:
    keeper = _keeper(folder)
    if keeper is not None:
        with contextlib.suppress(OSError), control_connection(folder, _STOP_SECONDS) as (write, answers):
            write({"do": "stop"})
            next(answers, None)
        if not keeper.wait(ASK_SECONDS):
            keeper.send(signal.SIGKILL)
    _sweep(folder)


def _sweep(folder: Path) -> None:
    """What is left of supervisors that were killed together with their keepers."""
    kill_marked(mark_of(folder))
    remove_remains(folder)
    for file in (IDENTITY, CODE, SUCCESSOR, Path(SOCKET)):
        (folder / file).unlink(missing_ok=True)


def _write_privately(path: Path, text: str) -> None:
    """It may hold keys."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
