from pathlib import Path

import pytest
from triton_serving.models.registry.disk import DiskRegistry


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "registry"


@pytest.fixture
def registry(root: Path) -> DiskRegistry:
    return DiskRegistry(root)
