"""Pulumi's provider for Kubernetes, in the version of the Python package: installed, released, or built from source.

pulumi looks for a plugin in `plugins/` below PULUMI_HOME and takes no other version than the one a program asks for.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

from .cache import cache_folder, locked
from .download import read_soon
from .from_source import MODULES, Binary, Go, build_missing, fingerprint
from .pins import ROOT, pins
from .progress import step
from .ways import Unavailable, Way, first_that_works

PROGRAM = "pulumi-resource-kubernetes"
MODULE = "github.com/pulumi/pulumi-kubernetes/provider/v4"
SLOWEST_DOWNLOAD = 900.0


def provide() -> Path:
    wanted = pins("pulumi-kubernetes")
    return first_that_works(
        "Pulumi's provider for Kubernetes",
        [
            Way("an installed plugin", _installed),
            Way("Pulumi's release", _released),
            Way("building from source", from_source),
        ],
        f"Install it on a machine with a way to Pulumi's releases (pulumi plugin install resource kubernetes "
        f"{wanted['version']}), or Go {wanted['go']} (https://go.dev/doc/install), and run this again.",
    )


def plugin(pulumi_home: Path) -> Path:
    """Where pulumi looks for this version."""
    return pulumi_home / "plugins" / f"resource-kubernetes-v{pins('pulumi-kubernetes')['version']}" / PROGRAM


def pulumi_home() -> Path:
    return Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")


def link(program: Path, pulumi_home: Path) -> None:
    """Makes a program this PULUMI_HOME's plugin without a copy of its 170 MB; one that is there stays."""
    at = plugin(pulumi_home)
    if at.exists():
        return
    at.parent.mkdir(parents=True, exist_ok=True)  # no link itself: pulumi passes those over
    new = at.with_name(f".{PROGRAM}.{os.getpid()}")
    new.symlink_to(program)
    new.replace(at)  # in one step: another run may do the same, and an older link may lead nowhere


def _installed() -> Path:
    found = plugin(pulumi_home())
    if not found.exists() or found.is_symlink():  # a link is `link`'s own doing: what it leads to may vanish
        raise Unavailable(f"there is no {found}")
    return found


def _released() -> Path:
    home = cache_folder() / f"pulumi-kubernetes-{pins('pulumi-kubernetes')['version']}"
    program = plugin(home)
    if program.exists():
        return program
    version = pins("pulumi")["version"]
    read_soon(pins("pulumi")["checksums"].format(version=version))  # pulumi itself takes minutes to give up
    with locked(cache_folder()), step("pulumi downloads its provider for Kubernetes"):
        _install(home)
    if not program.exists():
        raise Unavailable(f"pulumi plugin install left no {program}")
    return program


def _install(home: Path) -> None:
    pulumi = ROOT / ".tools" / "bin" / "pulumi"
    environ = os.environ | {"PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    command = [pulumi, "plugin", "install", "resource", "kubernetes", pins("pulumi-kubernetes")["version"]]
    try:
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=SLOWEST_DOWNLOAD)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"pulumi plugin install: {error}") from error
    if done.returncode:
        raise Unavailable(f"pulumi plugin install: {done.stderr.strip().rpartition(chr(10))[2]}")


def from_source() -> Path:
    wanted = pins("pulumi-kubernetes")
    module = MODULES / PROGRAM
    folder = cache_folder() / f"pulumi-kubernetes-{wanted['version']}-source-{fingerprint(PROGRAM)}"
    source = folder / "source"
    version = (f"{MODULE}/pkg/version.Version={wanted['version']}",)

    def generate(go: Go) -> None:
        """Upstream generates two files before it builds: the schema with its version, and a mapping, both compact."""
        upstream = go.module_folder(module, MODULE) / "cmd" / PROGRAM
        source.mkdir(exist_ok=True)
        for file in (module / "go.mod", module / "go.sum", upstream / "main.go"):
            shutil.copyfile(file, source / file.name)
        for name, more in {"schema": {"version": wanted["version"]}, "terraform-mapping": {}}.items():
            content = json.loads((upstream / f"{name}.json").read_text())
            (source / f"{name}-embed.json").write_text(json.dumps({**content, **more}))

    binary = Binary(PROGRAM, source, ".", version)
    announcement = "building Pulumi's provider for Kubernetes from source: 5 to 15 minutes"
    return build_missing([binary], folder / "bin", wanted["go"], announcement, generate)
