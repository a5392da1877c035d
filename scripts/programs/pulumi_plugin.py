"""A plugin of Pulumi's that is a program: where pulumi looks for it, and the two ways to it that need no compiler.

pulumi looks for a plugin in `plugins/` below PULUMI_HOME and takes no other version than the one a program asks for,
which is the version of the Python package.
"""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .cache import cache_folder, locked
from .pins import ROOT, pins
from .progress import step
from .ways import Unavailable, Way, first_that_works

SLOWEST_DOWNLOAD = 900.0


@dataclass(frozen=True)
class Plugin:
    name: str
    """As pulumi calls it: kubernetes."""

    @property
    def program(self) -> str:
        return f"pulumi-resource-{self.name}"

    @property
    def version(self) -> str:
        return str(pins(f"pulumi-{self.name}")["version"])

    def place(self, pulumi_home: Path) -> Path:
        """Where pulumi looks for this version."""
        return pulumi_home / "plugins" / f"resource-{self.name}-v{self.version}" / self.program

    def link(self, program: Path, pulumi_home: Path) -> None:
        """Makes a program this PULUMI_HOME's plugin without a copy of it; one that is there stays."""
        at = self.place(pulumi_home)
        if at.exists():
            return
        at.parent.mkdir(parents=True, exist_ok=True)  # no link itself: pulumi passes those over
        new = at.with_name(f".{self.program}.{os.getpid()}")
        new.symlink_to(program)
        new.replace(at)  # in one step: another run may do the same, and an older link may lead nowhere

    def provide(self, title: str, from_source: Callable[[], Path]) -> Path:
        """`title` is how people call what it is for."""
        return first_that_works(
            f"Pulumi's provider for {title}",
            [
                Way("an installed plugin", self.installed),
                Way("Pulumi's release", self.released),
                Way("building from source", from_source),
            ],
            f"Install it on a machine with a way to Pulumi's releases (pulumi plugin install resource {self.name} "
            f"{self.version}), or Go {pins(f'pulumi-{self.name}')['go']} (https://go.dev/doc/install), and run this "
            "again.",
        )

    def installed(self) -> Path:
        found = self.place(pulumi_home())
        if not found.exists() or found.is_symlink():  # a link is `link`'s own doing: what it leads to may vanish
            raise Unavailable(f"there is no {found}")
        return found

    def released(self) -> Path:
        home = cache_folder() / f"pulumi-{self.name}-{self.version}"
        program = self.place(home)
        if program.exists():
            return program
        from .download import read_soon  # here: scripts/pulumi would wait for it each time that it looks for a plugin

        read_soon(pins("pulumi")["checksums"].format(version=pins("pulumi")["version"]))  # pulumi takes minutes
        with locked(cache_folder()), step(f"pulumi downloads its provider {self.name}"):
            self._install(home)
        if not program.exists():
            raise Unavailable(f"pulumi plugin install left no {program}")
        return program

    def _install(self, home: Path) -> None:
        pulumi = ROOT / ".tools" / "bin" / "pulumi"
        environ = os.environ | {"PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"}
        command = [str(pulumi), "plugin", "install", "resource", self.name, self.version]
        try:
            done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=SLOWEST_DOWNLOAD)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"pulumi plugin install: {error}") from error
        if done.returncode:
            raise Unavailable(f"pulumi plugin install: {done.stderr.strip().rpartition(chr(10))[2]}")


def pulumi_home() -> Path:
    return Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
