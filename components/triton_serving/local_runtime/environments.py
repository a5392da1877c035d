"""Python environments for entry scripts: packages and the scoring server, content-addressed and reused."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..models.work import Work


@dataclass(frozen=True)
class Environment:
    reference: str
    """local-environment@sha256:<64 hex>: the same for the same packages, Python and scoring server."""
    packages: tuple[str, ...]
    """What is installed, name==version, sorted."""


def reference_of(pip_packages: Sequence[str], python_version: str) -> str:
    """What the environment will be called; nothing is installed."""
    raise NotImplementedError


def make_environment(pip_packages: Sequence[str], python_version: str, work: Work) -> Environment:
    """Makes it unless it is there; raises `UserError` with uv's reason when the packages cannot be installed together."""
    raise NotImplementedError


def find_environment(reference: str) -> Environment | None: ...


def interpreter_of(reference: str) -> Path:
    """The environment's python; raises `UserError` when it is not there (any more)."""
    raise NotImplementedError


def remove_environment(reference: str, owner: str) -> None:
    """Lets go of it for an owner (a stack's resource); removed when nobody holds it any more."""
    raise NotImplementedError
