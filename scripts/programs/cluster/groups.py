"""The control group that all pods of a cluster are in: one in every hierarchy of version 1, or the one of version 2."""

import os
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
NEEDED = ("cpu", "cpuset", "hugetlb", "io", "memory", "pids")
DEADLINE = 10.0


def make(group: str) -> None:
    """Raises OSError where this process may not."""
    for hierarchy in _hierarchies():
        (hierarchy / group).mkdir(exist_ok=True)
        if (hierarchy / "cpuset.cpus").exists():  # version 1: a new set is empty, and no process may be in it
            for file in ("cpuset.cpus", "cpuset.mems"):
                (hierarchy / group / file).write_text((hierarchy / file).read_text())
    if (controllers := ROOT / "cgroup.controllers").exists():
        for controller in sorted(set(controllers.read_text().split()).intersection(NEEDED)):
            for folder in (ROOT, ROOT / group):
                (folder / "cgroup.subtree_control").write_text(f"+{controller}")


def remove(group: str) -> None:
    """Once no process is left in it; the kernel needs a moment to notice."""
    deadline = time.monotonic() + DEADLINE
    while left := all_of(group):
        for folder in left:
            for inner, _, _ in os.walk(folder, topdown=False):  # a folder that goes meanwhile does not stop it
                _remove(Path(inner))
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes are left in the control group {left[0]}")
        time.sleep(0.02)


def all_of(group: str) -> list[Path]:
    return [folder for hierarchy in _hierarchies() if (folder := hierarchy / group).exists()]


def _hierarchies() -> list[Path]:
    """Version 2 has one, version 1 a folder for each; a link beside it, as cpu for cpu,cpuacct, is the same again."""
    if (ROOT / "cgroup.procs").exists():
        return [ROOT]
    folders = [path for path in sorted(ROOT.iterdir()) if not path.is_symlink()] if ROOT.is_dir() else []
    return [folder for folder in folders if (folder / "cgroup.procs").exists()]


def _remove(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return  # tried again until the deadline
