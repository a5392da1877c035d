"""Why a cluster cannot run here."""

import os
import shutil
import subprocess

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
