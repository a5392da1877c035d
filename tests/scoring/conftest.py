from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from parts.scoring_server import ScoringServer, Serve, launch


@pytest.fixture(scope="module")
def script() -> str:
    """The script that all tests of a module share one server on, where they do."""
    raise NotImplementedError


@pytest.fixture(scope="module")
def server(script: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScoringServer]:
    path = tmp_path_factory.mktemp("scoring") / "score.py"
    path.write_text(dedent(script))
    with launch(path) as server:
        server.wait_till_healthy()
        yield server


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Serve]:
    """Starts a server on a script given as text, and does not wait for it."""
    with ExitStack() as stack:

        def begin(script: str, *options: str, **settings: Any) -> ScoringServer:
            path = tmp_path / settings.pop("name", "score.py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(script))
            starting: AbstractContextManager[ScoringServer] = launch(path, *options, **settings)
            return stack.enter_context(starting)

        yield begin


@pytest.fixture
def serve(begin: Serve) -> Serve:
    """Starts a server and waits till it is healthy."""

    def serve(script: str, *options: str, **settings: Any) -> ScoringServer:
        server = begin(script, *options, **settings)
        server.wait_till_healthy()
        return server

    return serve
