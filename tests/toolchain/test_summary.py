from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "summary"
OUTPUTS = {
    "imageRef": "oci-layout:///x@sha256:1",
    "models": {"digits": [1, 2], "faces": [3]},
    "version": 4,
    "key": "[secret]",
}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = spec_from_loader("summary", SourceFileLoader("summary", str(SCRIPT)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_says_what_there_is_how_to_look_at_it_and_how_to_take_it_away(script: ModuleType) -> None:
    assert script.summary("local", OUTPUTS, colour=False).splitlines() == [
        "",
        "local is up",
        "  version  4",
        "  models   digits (1, 2), faces (3)",
        "  image    oci-layout:///x@sha256:1",
        "",
        "  make outputs  these values in full, as JSON",
        "  make preview  what a change to the model directory would do",
        "  make down     take it all away",
    ]


def test_the_commands_for_another_stack_name_it(script: ModuleType) -> None:
    assert "make down STACK=dev" in script.summary("dev", {}, colour=False)


def test_colours_are_for_terminals(script: ModuleType) -> None:
    assert "\033[1mlocal is up\033[0m" in script.summary("local", OUTPUTS, colour=True)
    assert "\033" not in script.summary("local", OUTPUTS, colour=False)
