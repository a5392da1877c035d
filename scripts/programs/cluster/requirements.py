"""Why a cluster cannot run here."""

import ctypes
import itertools
import os
import shutil
import subprocess
from pathlib import Path

from . import groups

PROGRAMS = {
    "ip": "iproute2",
    "mount": "mount",
    "nsenter": "util-linux",
    "openssl": "openssl",
    "unshare": "util-linux",
}
"""With the Debian package that each is in."""
NAMESPACES = ("--fork", "--pid", "--mount", "--net", "--ipc", "--uts", "--mount-proc")

WATCHES = 32
"""The inotify instances of a cluster without pods, measured as 22, and a few for pods."""
INOTIFY_LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")


def lacking() -> list[str]:
    """Each in a sentence with the way out; empty when a cluster can run."""
    if os.geteuid() != 0:
        return ["it makes namespaces, mounts and control groups, so it has to be run as root"]
    absent = [name for name in PROGRAMS if not shutil.which(name)]
    found = [f"there is no {name}; install the package {PROGRAMS[name]}" for name in absent]
    if "unshare" not in absent and (reason := _no_namespaces()):
        found.append(f"namespaces cannot be made here ({reason}); in a container this takes --privileged")
    if reason := _no_groups():
        found.append(f"control groups cannot be made here ({reason}); in a container this takes --privileged")
    if not _enough_watches():
        limit = INOTIFY_LIMIT.read_text().strip()
        found.append(
            f"too few of this user's {limit} inotify instances are free, and without them the kubelet does not start: "
            f"end other clusters, or raise the limit: sysctl fs.inotify.max_user_instances=512"
        )
    return found


def _no_namespaces() -> str:
    tried = subprocess.run(
        ["unshare", *NAMESPACES, "mount", "-t", "tmpfs", "tmpfs", "/run"], capture_output=True, text=True
    )
    return "" if tried.returncode == 0 else tried.stderr.strip() or f"exit status {tried.returncode}"


def _no_groups() -> str:
    group = f"triton-serving-try-{os.getpid()}"
    try:
        groups.make(group)
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    else:
        return "" if groups.all_of(group) else "there are none in /sys/fs/cgroup"
    finally:
        groups.remove(group)


def _enough_watches() -> bool:
    libc, opened = ctypes.CDLL(None), list[int]()
    try:
        opened += itertools.takewhile(lambda made: made >= 0, (libc.inotify_init1(0) for _ in range(WATCHES)))
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return len(opened) == WATCHES
