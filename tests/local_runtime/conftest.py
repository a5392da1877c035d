from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from parts.environments import own_environments, small_environments
from triton_serving.models.check import check_directory
from triton_serving.models.publish import publish
from triton_serving.models.registry.open import open_registry
from triton_serving.models.snapshot import snapshot
from triton_serving.models.work import Work

__all__ = ["own_environments", "publish_models", "small_environments"]


@pytest.fixture
def publish_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, str | bytes]], str]:
    """Publishes files below the folder `registered` and gives the reference of the image. The cache is of this test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def publish_models(files: Mapping[str, str | bytes]) -> str:
        for path, content in files.items():
            place = tmp_path / "registered" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
        check = check_directory(tmp_path / "registered")
        assert check.problems == ()
        _, image = snapshot(check, Work())
        registry = open_registry(f"oci-layout://{tmp_path}/registry")
        return registry.reference("models", publish(registry, "models", image, "0a1b2c3d", 0, Work()).digest)

    return publish_models
