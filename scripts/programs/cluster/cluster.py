"""Starts, asks and removes a cluster."""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from .. import kubernetes, registry
from ..cache import cache_folder, held, locked
from ..progress import step
from . import certificates, configuration, images, namespaces, network
from .place import NODE, Place, Settings
from .requirements import lacking
from .trouble import Trouble, wait


class Cluster:
    """The cluster of a folder, running or not."""

    def __init__(self, folder: Path) -> None:
        self.place = Place(folder.resolve())

    @property
    def registry(self) -> str:
        """Host and port of a registry that speaks plain HTTP, for this machine and the kubelet alike."""
        return self._settings.addresses.registry

    @property
    def kubeconfig(self) -> Path:
        return self.place.kubeconfig

    @property
    def process(self) -> int | None:
        """Its first process, while it runs."""
        return namespaces.first_process(self.place)

    def up(self, *, gpus: int | None = None, kwok: bool | None = None) -> None:
        """Nothing to do when it is up; what a broken one left is removed first. None: no GPUs, or as it is already."""
        with self._alone():
            self._up(gpus, kwok)

    def _up(self, gpus: int | None, kwok: bool | None) -> None:
        if self.process and self.place.complete.exists():
            self._is_as_asked(gpus, kwok)
            return
        self._down()  # before asking what there is too little of
        if reasons := lacking():
            raise Trouble("\n".join(["a cluster cannot run here:", *(f"  - {reason}" for reason in reasons)]))
        programs, registry_program = kubernetes.provide().parent, registry.provide()
        try:
            self._start(programs, registry_program, gpus or 0, kwok or False)
        except BaseException:
            namespaces.end(self.place)
            raise

    def down(self) -> None:
        """Every trace, whatever state it is in."""
        with self._alone():
            self._down()

    def _down(self) -> None:
        if os.geteuid() != 0 and (self.process or self.place.folder.exists()):
            raise Trouble("what root has started, only root can remove")
        namespaces.end(self.place)
        shutil.rmtree(self.place.folder, ignore_errors=True)
        if self.place.folder.exists():
            raise Trouble(f"{self.place.folder} cannot be removed")

    def _alone(self) -> AbstractContextManager[None]:
        """One that is being started looks like one that broke, which another run would remove."""
        return held(self.place.folder.parent, "starting or removing a cluster")

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """What kubectl writes; Trouble with what it says when it fails."""
        done = subprocess.run(self.kubectl_command(*arguments), input=stdin, capture_output=True, text=True)
        if done.returncode:
            raise Trouble(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def kubectl_command(self, *arguments: str) -> list[str]:
        return [f"{self._settings.programs}/kubectl", f"--kubeconfig={self.kubeconfig}", *arguments]

    def answers(self, *arguments: str) -> bool:
        """Whether kubectl succeeds."""
        try:
            self.kubectl(*arguments)
        except Trouble:
            return False
        return True

    def inside(self, *command: str) -> str:
        """What a command writes that is run within the cluster's namespaces; `ctr` and `nft`, for example."""
        prefix = ["nsenter", f"--target={self.process}", "--mount", "--net", "--pid", "--ipc", "--uts", "--"]
        environ = {"PATH": f"{self._settings.programs}:/usr/sbin:/usr/bin:/sbin:/bin"}
        done = subprocess.run([*prefix, *command], capture_output=True, text=True, env=environ)
        if done.returncode:
            raise Trouble(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def stop(self, part: str) -> None:
        """At once, as when a machine goes down. It stays so until it is started."""
        self._order(f"stop {part}")
        self._wait(lambda: not self._running(part), f"{part} does not stop", part)

    def start(self, part: str) -> None:
        self._order(f"start {part}")
        self._wait(lambda: self._running(part), f"{part} does not start", part)

    def restart(self, part: str) -> None:
        """As after a crash: killed, and started again soon after. Returns once another process runs."""
        before = self._running(part)
        self._order(f"restart {part}")
        self._wait(lambda: self._running(part) not in ("", before), f"{part} does not start again", part)

    @property
    def parts(self) -> list[str]:
        """Those that run, by name."""
        return sorted(path.name for path in self.place.running.iterdir())

    @property
    def _settings(self) -> Settings:
        try:
            return Settings.load(self.place)
        except FileNotFoundError:
            raise Trouble(f"there is no cluster in {self.place.folder}") from None

    def _is_as_asked(self, gpus: int | None, kwok: bool | None) -> None:
        running = self._settings
        if gpus not in (None, running.gpus) or kwok not in (None, running.kwok):
            there = f"{running.gpus} GPUs and {'with' if running.kwok else 'without'} kwok"
            raise Trouble(f"it runs already, with {there}; take it down first")

    def _start(self, programs: Path, registry_program: Path, gpus: int, kwok: bool) -> None:
        place = self.place
        for folder in (place.folder, place.configuration, place.logs, place.running):
            folder.mkdir(mode=0o700, parents=True)
        os.mkfifo(place.orders, 0o600)
        # Nobody else may look for a free network before this one has taken its own.
        with locked(cache_folder() / "clusters", "starting a cluster"):
            block = network.free_block(place, network.routed())
            settings = Settings(block, str(programs), str(registry_program), gpus, kwok)
            settings.save(place)
            with step("making certificates and configuration"):
                self._write_files(settings)
            namespaces.make(place, settings)
        with step("starting the API server"):
            self._wait(
                lambda: self.answers("get", "--raw", "/readyz"), "the API server does not become ready", "apiserver"
            )
        with step("starting the node"):
            self._succeed("apply", "--server-side", f"--filename={place.configuration}/objects.json")
            self._wait_for_node()
        place.complete.touch()

    def _write_files(self, settings: Settings) -> None:
        place = self.place
        certificates.make(place.keys, settings.addresses)
        certificates.write_kubeconfig(place.kubeconfig, place.keys, "admin", settings.addresses.api)
        for name, text in configuration.files(place, settings).items():
            file = place.configuration / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        pause = {"pause": Path(settings.programs) / "pause"}
        images.write_image(place.folder / "pause.tar", configuration.PAUSE, pause, ["/pause"])

    def _wait_for_node(self) -> None:
        archive = f"{self.place.folder}/pause.tar"
        self._wait(lambda: self._imports(archive), "containerd does not take an image", "containerd")
        ready = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
        self._wait(
            lambda: self._says("True", "get", "node", NODE, "-o", ready), "the node does not become ready", "kubelet"
        )
        # It is tainted until a controller has seen that it is ready.
        untainted = "jsonpath={.spec.taints}"
        self._wait(lambda: self._says("", "get", "node", NODE, "-o", untainted), "no pod may run", "controller-manager")
        # Pods are refused until their service account is there.
        self._wait(
            lambda: self.answers("get", "serviceaccount", "default"),
            "there is no service account",
            "controller-manager",
        )

    def _order(self, line: str) -> None:
        if not self.process:
            raise Trouble(f"the cluster in {self.place.folder} does not run")
        with self.place.orders.open("w") as orders:
            orders.write(f"{line}\n")

    def _running(self, part: str) -> str:
        try:
            return (self.place.running / part).read_text()
        except FileNotFoundError:
            return ""

    def _wait(self, met: Callable[[], object], otherwise: str, part: str) -> None:
        wait(self.place, met, otherwise, part)

    def _succeed(self, *arguments: str) -> None:
        self._wait(lambda: self.answers(*arguments), f"kubectl {' '.join(arguments)} fails", "apiserver")

    def _says(self, wanted: str, *arguments: str) -> bool:
        try:
            return self.kubectl(*arguments) == wanted
        except Trouble:
            return False

    def _imports(self, archive: str) -> bool:
        try:
            self.inside("ctr", "--namespace=k8s.io", "images", "import", "--local", archive)
        except Trouble:
            return False
        return True
