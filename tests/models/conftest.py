import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from parts.docker_registry import DockerRegistry
from triton_serving.models.registry import Registry
from triton_serving.models.registry.open import open_registry
from triton_serving.models.tree import Tree, read_tree

from .versions import Make, make_image

Plant = Callable[[Mapping[str, bytes]], Tree]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test sees or fills the caches of whoever runs it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def docker_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerRegistry]:
    """One for all tests, each of which has a part of it for itself."""
    with DockerRegistry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture
def prefix() -> str:
    """A part of the shared registry that no other test uses."""
    return f"team-{uuid.uuid4().hex}"


@pytest.fixture(params=["disk", "remote"])
def home(request: pytest.FixtureRequest, tmp_path: Path, docker_registry: DockerRegistry, prefix: str) -> Registry:
    """Both kinds of home, one after the other."""
    if request.param == "disk":
        return open_registry(f"oci-layout://{tmp_path}/registry")
    return open_registry(f"{docker_registry.url}/{prefix}")


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Writes files below a folder of this test and reads them as a tree; the first part of each path is the root."""

    def plant(files: Mapping[str, bytes]) -> Tree:
        for path, content in files.items():
            place = tmp_path / "planted" / path
            is_new = not place.exists()
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            if is_new:
                # As of long ago: what is written there next has another stamp, also within a tick of the files' clock.
                os.utime(place, ns=(0, 0))
        (root,) = {path.split("/")[0] for path in files}
        tree, problems = read_tree(tmp_path / "planted" / root)
        assert not problems
        return tree

    return plant


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return partial(make_image, tmp_path)


@pytest.fixture
def much_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock an hour on: files written just now have been still for long, so their digests may be remembered."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + 3_600_000_000_000)
