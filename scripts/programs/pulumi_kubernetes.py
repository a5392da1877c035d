"""Pulumi's provider for Kubernetes, in the version of the Python package: installed, released, or built from source."""

import json
import shutil
from pathlib import Path

from .cache import cache_folder
from .from_source import MODULES, Binary, Go, build_missing, fingerprint
from .pins import pins
from .pulumi_plugin import Plugin

PLUGIN = Plugin("kubernetes")
MODULE = "github.com/pulumi/pulumi-kubernetes/provider/v4"


def provide() -> Path:
    return PLUGIN.provide("Kubernetes", from_source)


def from_source() -> Path:
    wanted = pins("pulumi-kubernetes")
    module = MODULES / PLUGIN.program
    folder = cache_folder() / f"pulumi-kubernetes-{wanted['version']}-source-{fingerprint(PLUGIN.program)}"
    source = folder / "source"
    version = (f"{MODULE}/pkg/version.Version={wanted['version']}",)

    def generate(go: Go) -> None:
        """Upstream generates two files before it builds: the schema with its version, and a mapping, both compact."""
        upstream = go.module_folder(module, MODULE) / "cmd" / PLUGIN.program
        source.mkdir(exist_ok=True)
        for file in (module / "go.mod", module / "go.sum", upstream / "main.go"):
            shutil.copyfile(file, source / file.name)
        for name, more in {"schema": {"version": wanted["version"]}, "terraform-mapping": {}}.items():
            content = json.loads((upstream / f"{name}.json").read_text())
            (source / f"{name}-embed.json").write_text(json.dumps({**content, **more}))

    binary = Binary(PLUGIN.program, source, ".", version)
    announcement = "building Pulumi's provider for Kubernetes from source: 5 to 15 minutes"
    return build_missing([binary], folder / "bin", wanted["go"], announcement, generate)
