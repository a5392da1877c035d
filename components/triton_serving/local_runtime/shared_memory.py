"""Whether /dev/shm has room for a model's processes: where it has not, Triton fails in words that do not tell."""

import os
from collections.abc import Iterable

from ..models.check import Model

SHARED_MEMORY = "/dev/shm"  # noqa: S108 - fixed by Linux
REGION_BYTES = 1 << 20
"""What the Python backend takes for each instance of a model when it starts."""
GROWTH_BYTES = 1 << 20
"""What it takes more at a time, for larger requests. ONNX models that say nothing have two instances, not one, and are
covered by this until then."""
_IN_PYTHON = ("python", "onnxruntime")


def room_problem(models: Iterable[Model]) -> str | None:
    """What lacks for a new Triton, in words, or None. One that serves already holds what it has until it is stopped."""
    instances = sum(model.instances for model in models if model.backend in _IN_PYTHON)
    needed = instances * (REGION_BYTES + GROWTH_BYTES)
    room = os.statvfs(SHARED_MEMORY)
    free = room.f_bavail * room.f_frsize
    if free >= needed:
        return None
    return (
        f"{SHARED_MEMORY} has {free >> 20} MiB free, and the instances of models ({instances}) need "
        f"{needed >> 20} MiB; make it larger (mount -o remount,size=1G {SHARED_MEMORY}; for a container: "
        "--shm-size=1g), or lower the counts in instance_group"
    )
