"""Pulumi's provider for Docker, in the version of the Python package: installed, released, or built from source.

What is built is Terraform's provider behind Pulumi's bridge, as Pulumi's own is; scripts/from_source/README.md says
what it lacks.
"""

from pathlib import Path

from .cache import cache_folder
from .from_source import MODULES, Binary, build_missing, fingerprint
from .pins import pins
from .pulumi_plugin import Plugin

PLUGIN = Plugin("docker")


def provide() -> Path:
    return PLUGIN.provide("Docker", from_source)


def from_source() -> Path:
    wanted = pins("pulumi-docker")
    folder = cache_folder() / f"pulumi-docker-{wanted['version']}-source-{fingerprint(PLUGIN.program)}"
    version = (f"main.version={wanted['version']}",)
    binary = Binary(PLUGIN.program, MODULES / PLUGIN.program, ".", version, "no_compose")
    announcement = "building Pulumi's provider for Docker from source: 5 to 10 minutes"
    return build_missing([binary], folder / "bin", wanted["go"], announcement, lambda _: None)
