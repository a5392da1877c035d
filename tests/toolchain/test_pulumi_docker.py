"""Where Pulumi's provider for Docker comes from, and that a built one has what the Python package declares."""

import inspect
import json
import subprocess
from pathlib import Path

import pulumi
import pulumi_docker
import pytest
from programs import pulumi_docker as program
from programs.pins import ROOT, pins

BUILT = ROOT / ".tools" / "bin" / "pulumi-docker"
LACKING = {"Image"}
"""Code of Pulumi's own provider alone."""


def test_the_version_is_the_one_of_the_python_package() -> None:
    assert f'"pulumi-docker=={pins("pulumi-docker")["version"]}"' in (ROOT / "pyproject.toml").read_text()


def test_an_installed_plugin_of_that_version_is_used(folder: Path) -> None:
    installed = program.PLUGIN.place(folder / ".pulumi")
    installed.parent.mkdir(parents=True)
    installed.write_text("program")
    assert program.provide() == installed


@pytest.mark.skipif(not BUILT.exists(), reason="run `make setup-tests` once")
def test_what_is_built_names_every_resource_of_the_python_package() -> None:
    classes = inspect.getmembers(pulumi_docker, lambda one: inspect.isclass(one) and issubclass(one, pulumi.Resource))
    text = BUILT.resolve().read_bytes()
    declared = {name for name, one in classes if not issubclass(one, pulumi.ProviderResource)}
    missing = {name for name in declared if name.encode() not in text}
    assert missing <= LACKING
    assert declared >= {"Container", "Network", "RemoteImage", "RegistryImage", "Volume"}


@pytest.mark.skipif(not BUILT.exists(), reason="run `make setup-tests` once")
def test_it_says_the_version_that_pulumi_looks_for() -> None:
    said = subprocess.run([BUILT, "-version"], capture_output=True, text=True)
    assert pins("pulumi-docker")["version"] in said.stdout + said.stderr, json.dumps(vars(said), default=str)
