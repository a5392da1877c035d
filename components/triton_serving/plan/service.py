"""The service plan: what runs, decided once. Renderers turn it into processes, containers or Kubernetes objects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Mode(StrEnum):
    """Who answers the clients."""

    DIRECT = "direct"
    """Triton itself, at /v2/models/…/infer."""
    SCORING = "scoring"
    """An entry script, at /score, that asks Triton at localhost:8000."""
    SCRIPT = "script"
    """An entry script, at /score, that loads the model itself; there is no Triton."""


@dataclass(frozen=True)
class ServedModel:
    name: str
    versions: tuple[int, ...]
    """The versions that Triton serves, ascending."""


@dataclass(frozen=True)
class Keys:
    """Two keys that callers may show; either is enough."""

    primary: str = field(repr=False)
    secondary: str = field(repr=False)


@dataclass(frozen=True)
class Script:
    """What the scoring server runs."""

    entry: str
    """The entry script, a path inside of the source folder: score.py, src/score.py."""
    worker_count: int = 1
    scoring_timeout_ms: int = 60_000
    max_request_wait_ms: int | None = None
    """How long a request may wait for a worker before it is sent away with 503; None: as long as it takes."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The caller's environment variables, those of the scoring environment included."""


@dataclass(frozen=True)
class ServicePlan:
    name: str
    mode: Mode
    models: tuple[ServedModel, ...] = ()
    """What Triton serves; empty in script mode."""
    script: Script | None = None
    """None in direct mode."""
    auth_enabled: bool = False
