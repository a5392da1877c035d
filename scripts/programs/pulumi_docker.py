"""Pulumi's provider for Docker, in the version of the Python package: installed, released, or built from source.

What is built is Terraform's provider behind Pulumi's bridge, as Pulumi's own is; scripts/from_source/README.md says
what it lacks.
"""

from pathlib import Path

from .cache import cache_folder
from .from_source import MODULES, Binary, build_missing, fingerprint
from .pins import pins
from .pulumi_plugin import Plugin
from .ways import Way, first_that_works

PLUGIN = Plugin("docker")


def provide() -> Path:
    wanted = pins("pulumi-docker")
    return first_that_works(
        "Pulumi's provider for Docker",
        [
            Way("an installed plugin", PLUGIN.installed),
            Way("Pulumi's release", PLUGIN.released),
            Way("building from source", from_source),
        ],
        f"Install it on a machine with a way to Pulumi's releases (pulumi plugin install resource docker "
        f"{wanted['version']}), or Go {wanted['go']} (https://go.dev/doc/install), and run this again.",
    )


def from_source() -> Path:
    wanted = pins("pulumi-docker")
    folder = cache_folder() / f"pulumi-docker-{wanted['version']}-source-{fingerprint(PLUGIN.program)}"
    version = (f"main.version={wanted['version']}",)
    binary = Binary(PLUGIN.program, MODULES / PLUGIN.program, ".", version, "no_compose")
    announcement = "building Pulumi's provider for Docker from source: 5 to 10 minutes"
    return build_missing([binary], folder / "bin", wanted["go"], announcement, lambda _: None)
