"""What Triton and its Python processes leave outside of the service's folder when they are killed."""

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - fixed by Linux
_TEMPORARY = Path("/tmp")  # noqa: S108 - and this by Triton, whatever TMPDIR says
_STARTING = 1.0
"""Seconds by which the time of a process's start may be wrong."""


def remove(shared_memory_prefix: str | None, temporary: Path) -> None:
    """After the processes have ended. A region is the model's memory and stays, with its size, until it is removed."""
    if shared_memory_prefix:
        for region in _SHARED_MEMORY.iterdir():
            if region.name.startswith(shared_memory_prefix):
                region.unlink(missing_ok=True)
        _remove_environment_folders()
    shutil.rmtree(temporary, ignore_errors=True)


def _remove_environment_folders() -> None:
    """Their names are chosen by nobody, so only age tells whose they are: a running server makes its folder after it
    started and aborts if that is gone, therefore only those are removed that are older than all servers, and than this
    look for them: one may start meanwhile."""
    now = time.time()
    oldest = min(now, *(_begun(program) for program in Path("/proc").glob("[0-9]*")))
    for folder in _TEMPORARY.glob("python_env_*"):
        with suppress(OSError):
            status = folder.stat(follow_symlinks=False)
            if status.st_uid == os.getuid() and status.st_ctime < oldest:
                shutil.rmtree(folder)


def _begun(program: Path) -> float:
    """When a Triton server was started; never, for any other process."""
    with suppress(OSError):
        head, _, fields = (program / "stat").read_text(errors="replace").rpartition(")")
        if head.endswith("(tritonserver"):
            up = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields.split()[19]) / os.sysconf("SC_CLK_TCK")
            return time.time() - up - _STARTING
    return float("inf")
