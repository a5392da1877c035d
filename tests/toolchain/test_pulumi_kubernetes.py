"""Where Pulumi's provider for Kubernetes comes from, and how pulumi finds it. Compilers and programs are pretended."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from programs import download, pulumi_kubernetes, pulumi_plugin
from programs.pulumi_kubernetes import PLUGIN
from programs.ways import NothingWorked, Unavailable

PutProgram = Callable[[str, str], Path]
pytestmark = pytest.mark.usefixtures("folder")

GO = """
case "$1" in
  version) echo go version go1.26.0 linux/amd64 ;;
  mod) ;;
  list) echo "$HOME/upstream" ;;
  build)
    cp schema-embed.json "$HOME/schema"
    while [ "$1" != -o ]; do shift; done
    echo program > "$2"; chmod +x "$2" ;;
esac
"""


@pytest.fixture(autouse=True)
def pinned(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Without a way to Pulumi's releases, whatever machine this is."""

    def out_of_reach(url: str) -> str:
        raise Unavailable(f"{url}: out of reach")

    monkeypatch.setattr(download, "read_soon", out_of_reach)
    return pulumi_kubernetes.pins("pulumi-kubernetes")


@pytest.fixture
def plugin(folder: Path) -> Path:
    """Where pulumi would put the plugin."""
    file = PLUGIN.place(folder / ".pulumi")
    file.parent.mkdir(parents=True)
    return file


def test_the_version_is_the_one_of_the_python_package(pinned: dict[str, Any]) -> None:
    pyproject = (pulumi_plugin.ROOT / "pyproject.toml").read_text()
    assert f'"pulumi-kubernetes=={pinned["version"]}"' in pyproject


def test_an_installed_plugin_of_that_version_is_used(plugin: Path) -> None:
    plugin.write_text("program")
    assert pulumi_kubernetes.provide() == plugin


def test_a_link_to_another_place_is_no_installed_plugin(folder: Path, plugin: Path) -> None:
    (folder / "elsewhere").touch()
    plugin.symlink_to(folder / "elsewhere")
    with pytest.raises(NothingWorked, match="an installed plugin: there is no"):
        pulumi_kubernetes.provide()


def test_from_source_the_schema_carries_the_version_that_pulumi_asks_for(
    folder: Path, put_program: PutProgram, pinned: dict[str, Any]
) -> None:
    put_program("go", GO)
    upstream = folder / "upstream" / "cmd" / PLUGIN.program
    upstream.mkdir(parents=True)
    (upstream / "main.go").touch()
    (upstream / "schema.json").write_text(json.dumps({"name": "kubernetes"}))
    (upstream / "terraform-mapping.json").write_text("{}")
    program = pulumi_kubernetes.provide()
    assert program.read_text() == "program\n"
    assert json.loads((folder / "schema").read_text()) == {"name": "kubernetes", "version": pinned["version"]}
    assert pulumi_kubernetes.provide() == program


def test_when_nothing_works_each_way_says_why_and_what_to_install() -> None:
    with pytest.raises(NothingWorked) as failure:
        pulumi_kubernetes.provide()
    text = str(failure.value)
    assert "Pulumi's release: https://get.pulumi.com/" in text
    assert "building from source: it needs Go 1.26 or later" in text
    assert "pulumi plugin install resource kubernetes" in text.splitlines()[-1]


def test_a_link_makes_it_the_plugin_of_any_pulumi_home(folder: Path) -> None:
    (folder / "program").touch()
    at = PLUGIN.place(folder / "home")
    PLUGIN.link(folder / "program", folder / "home")
    PLUGIN.link(folder / "program", folder / "home")  # again is no mistake
    assert at.readlink() == folder / "program"
    assert not at.parent.is_symlink()  # pulumi passes links to folders over


def test_a_link_that_leads_nowhere_is_replaced_and_an_installed_plugin_is_not(folder: Path, plugin: Path) -> None:
    plugin.symlink_to(folder / "gone")
    (folder / "program").touch()
    PLUGIN.link(folder / "program", folder / ".pulumi")
    assert plugin.readlink() == folder / "program"
    plugin.unlink()
    plugin.write_text("installed")
    PLUGIN.link(folder / "program", folder / ".pulumi")
    assert plugin.read_text() == "installed"
