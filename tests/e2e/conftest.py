from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.docker_registry import DockerRegistry
from parts.engine import ModelsProgram, YamlProgram
from parts.services import Service


@pytest.fixture
def stack(tmp_path: Path) -> ModelsProgram:
    return ModelsProgram(tmp_path).make()


@pytest.fixture
def yaml(tmp_path: Path) -> YamlProgram:
    return YamlProgram(tmp_path).make()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path).make()
    yield made
    made.kill_everything()


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[DockerRegistry]:
    with DockerRegistry(tmp_path / "registry") as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest one first, so that no worker is left alone with it in the end."""
    items.sort(key=lambda item: item.path.name != "test_readme.py")
