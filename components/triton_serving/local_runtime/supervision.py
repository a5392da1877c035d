"""How a service on this machine is told what to do, and asked how it is. The supervisor itself is in `supervisor/`."""

from dataclasses import dataclass
from pathlib import Path

from ..models.work import Work
from .deployment import Deployment


@dataclass(frozen=True)
class Status:
    state: str
    """Azure ML's words: Healthy, Transitioning (starting or restarting), Unhealthy (something is down or wrong)."""
    reason: str
    """Why it is not healthy, one line; empty when it is."""
    processes: dict[str, int]
    """Process id by name: gateway, triton, scoring."""


def apply(folder: Path, deployment: Deployment, work: Work) -> None:
    """Brings the service to a deployment, and returns when it answers; starts the supervisor if none is alive.

    Raises `UserError` with the reason and the last lines of the right log when the new one does not become ready; then
    what served before still does, and where nothing did, nothing is left running. Progress goes to `work.say`; when the
    user asks to stop, what was begun is taken back.
    """
    raise NotImplementedError


def status(folder: Path) -> Status | None:
    """How the service is, or None when nobody runs it (it was stopped or killed, or the machine was started anew)."""
    raise NotImplementedError


def stop(folder: Path) -> None:
    """Ends every process of the service (killed supervisors' orphans included) and what they leave outside of the folder
    (shared memory, temporary folders). Fine when there is nothing. The folder itself stays."""
    raise NotImplementedError
