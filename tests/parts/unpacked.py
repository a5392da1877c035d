"""An image from a registry, unpacked and run as a pod would: nobody in particular, on a root that cannot be written."""

import json
import os
import shutil
import signal
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from triton_serving.models.registry.open import open_image
from triton_serving.models.work import Work

from .scoring_server import children

MOUNTS = """
set -e
root=$1; shift
mount --bind "$root" "$root"
mount -o remount,ro,bind "$root"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
exec chroot --userspec="$UIDGID" "$root" "$@"
"""


def unpack(reference: str, to: Path) -> dict[str, Any]:
    """Layer upon layer; gives the image's settings."""
    registry, name, digest = open_image(reference)
    manifest = json.loads(registry.manifest(name, digest) or b"{}")
    to.mkdir(parents=True)
    for layer in manifest["layers"]:
        content = b"".join(map(bytes, registry.read(name, layer["digest"], layer["size"], Work())))
        with tarfile.open(fileobj=BytesIO(content)) as archive:
            archive.extractall(to, filter="fully_trusted")  # noqa: S202 - what the tests made themselves
    for mounted in ("dev", "proc", "tmp"):
        (to / mounted).mkdir(exist_ok=True)
    settings = json.loads(registry.blob(name, manifest["config"]["digest"]))["config"]
    return dict(settings)


@contextmanager
def running(
    root: Path, settings: Mapping[str, Any], command: Sequence[str], variables: Mapping[str, str], log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """Needs root, for the mounts. All that was started ends with the block."""
    told = dict(line.split("=", 1) for line in settings["Env"]) | dict(variables)
    outside = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "UIDGID": settings["User"]}
    inside = ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in told.items()), *command]
    own = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", MOUNTS, "sh", str(root)]
    if not (root / "usr/bin/env").exists():
        (root / "usr/bin").mkdir(parents=True, exist_ok=True)
        shutil.copy("/usr/bin/env", root / "usr/bin/env")
    with log.open("wb") as output:
        process = subprocess.Popen([*own, *inside], env=outside, stdout=output, stderr=output)
    try:
        yield process
    finally:
        # The first process of the namespace takes all others with it. `unshare` cannot: who changes its user is no
        # longer told that its parent has ended.
        for first in children(process.pid):
            os.kill(first, signal.SIGKILL)
        process.kill()
        process.wait()
