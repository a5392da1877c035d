"""The first process in a cluster's namespaces: starts the parts, and again when they end.

The kernel ends whatever runs in the process namespace when this process does, however that happens.
"""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from . import parts
from .parts import Part
from .place import NODE, Place, Settings

AGAIN_AFTER = 0.5
KUBELET = Path("/var/lib/kubelet")
READY = "https://127.0.0.1:6443/readyz"
SYSCTLS = {"vm/overcommit_memory": "1", "kernel/panic": "10", "kernel/panic_on_oops": "1"}
"""What the kubelet wants the machine to be set to. It is shown files that say so: the machine stays as it is."""


class Parts:
    """The processes that are to run."""

    def __init__(self, place: Place, environ: dict[str, str]) -> None:
        self._place = place
        self._environ = environ
        self._lock = threading.Lock()
        self._known: dict[str, Part] = {}
        self._stopped: set[str] = set()
        self._running: dict[int, str] = {}

    def start(self, part: Part) -> None:
        with self._lock:
            self._known[part.name] = part
            self._stopped.discard(part.name)
            if part.name not in self._running.values():
                log = os.open(self._place.logs / f"{part.name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                actions = [(os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)]
                process = os.posix_spawn(part.command[0], part.command, self._environ, file_actions=actions)
                os.close(log)
                self._running[process] = part.name
                self._note(part.name).write_text(str(process))

    def stop(self, name: str) -> None:
        with self._lock:
            self._stopped.add(name)
            self._kill(name)

    def restart(self, name: str) -> None:
        """As after a crash."""
        with self._lock:
            self._kill(name)

    def follow(self, orders: Path) -> None:
        """Lines of a verb and a part's name, for ever."""
        # For writing, too: else it would end with every writer, and what the next one writes just then would be lost.
        with os.fdopen(os.open(orders, os.O_RDWR)) as lines:
            for line in lines:
                match line.split():
                    case ["start", name] if name in self._known:
                        self.start(self._known[name])
                    case ["stop", name]:
                        self.stop(name)
                    case ["restart", name]:
                        self.restart(name)

    def watch(self) -> None:
        """For ever. Containers' shims are left to this process, too, and have to be taken note of when they end."""
        while True:
            process, _ = os.wait()
            with self._lock:
                name = self._running.pop(process, None)
                if name:
                    self._note(name).unlink()
                again = name is not None and name not in self._stopped
            if again and name:
                threading.Timer(AGAIN_AFTER, self._start_again, [name]).start()

    def _start_again(self, name: str) -> None:
        if name not in self._stopped:
            self.start(self._known[name])

    def _kill(self, name: str) -> None:
        for process, running in self._running.items():
            if running == name:
                with suppress(ProcessLookupError):  # it has just ended by itself
                    os.kill(process, signal.SIGKILL)

    def _note(self, name: str) -> Path:
        return self._place.running / name


def main() -> None:
    place = Place(Path(sys.argv[1]))
    settings = Settings.load(place)
    if sys.stdin.readline() != "connected\n":
        sys.exit("whoever wanted this cluster is gone")
    make_private(place)
    socket.sethostname(NODE)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    path = os.pathsep.join([settings.programs, "/usr/sbin", "/usr/bin", "/sbin", "/bin"])
    environ = {"PATH": path, "HOME": "/run", "PYTHONPATH": os.environ["PYTHONPATH"]}
    running = Parts(place, environ)
    for part in parts.first(place, settings):
        running.start(part)
    threading.Thread(target=running.follow, args=(place.orders,), daemon=True).start()
    threading.Thread(target=start_the_rest, args=(running, place, settings), daemon=True).start()
    running.watch()


def make_private(place: Place) -> None:
    """A file system of its own where the parts write to fixed places, and none of it is left afterwards."""
    _mount("--make-rprivate", "/")
    _mount("--make-rshared", "/")  # the kubelet's mounts have to reach containers
    keep = Path("/run/keep")
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    for name in ("containerd", "netns", "lock", "keep", "sysctl", "var", "var-work"):
        (Path("/run") / name).mkdir()
    # The cluster's own folder has to stay what it is, though it may lie below /var.
    _mount("--bind", str(place.folder), str(keep))
    _mount("-t", "overlay", "-o", "lowerdir=/var,upperdir=/run/var,workdir=/run/var-work", "overlay", "/var")
    _mount("--bind", str(keep), str(place.folder))
    # The kubelet's own place, on the cluster's disk: the path of a socket in it must not become long.
    KUBELET.mkdir(parents=True, exist_ok=True)
    (place.folder / "kubelet").mkdir()
    _mount("--bind", str(place.folder / "kubelet"), str(KUBELET))
    for name, value in SYSCTLS.items():
        shown = Path("/run/sysctl") / name.replace("/", ".")
        shown.write_text(f"{value}\n")
        _mount("--bind", str(shown), f"/proc/sys/{name}")


def start_the_rest(running: Parts, place: Place, settings: Settings) -> None:
    trust = ssl.create_default_context(cafile=str(place.keys / "ca.crt"))
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust))
    while not _answers(direct):
        time.sleep(0.05)
    for part in parts.then(place, settings):
        running.start(part)


def _answers(opener: urllib.request.OpenerDirector) -> bool:
    try:
        with opener.open(READY, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _mount(*arguments: str) -> None:
    subprocess.run([shutil.which("mount") or "mount", *arguments], check=True)


if __name__ == "__main__":
    main()
