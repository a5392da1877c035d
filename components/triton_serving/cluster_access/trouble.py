"""What keeps a pod from getting ready, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

Object = Mapping[str, Any]
"""One of Kubernetes' objects, or a part of one, as its API gives it."""

TITLES = {
    "triton": "Triton",
    "scoring": "the scoring server",
    "gateway": "the gateway",
    "model": "the container that copies the model",
}


class Hope(IntEnum):
    """Whether it may come right without anybody doing anything."""

    NONE = 0
    LITTLE = 1
    """Within moments, or not at all: a Secret that is made only now, a registry that has not heard of a new image."""
    SOME = 2
    """A registry that is away, a node that has to be added first."""


@dataclass(frozen=True)
class Trouble:
    reason: str
    remedy: str
    hope: Hope
    container: str | None = None
    """Whose log tells more."""
    previous: bool = False
    """The log of the container's run before this one."""


def title_of(container: str) -> str:
    return TITLES.get(container, f"container '{container}'")
