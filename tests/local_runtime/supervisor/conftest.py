from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from parts.supervised import OWNER, Supervised
from triton_serving.local_runtime.environments import keep_environments


@pytest.fixture(scope="session", autouse=True)
def _no_environment_stays() -> Iterator[None]:
    yield
    keep_environments(OWNER, [])


@pytest.fixture(scope="module")
def make_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Supervised]]:
    made: list[Supervised] = []

    def make(folder: Path | None = None) -> Supervised:
        service = Supervised(folder or tmp_path_factory.mktemp("services") / "service")
        made.append(service)
        return service

    yield make
    for service in made:
        service.remove()


@pytest.fixture(scope="module")
def service(make_service: Callable[..., Supervised]) -> Supervised:
    return make_service()
