import sys

import pytest

from .written import STACKS


@pytest.fixture
def settings(monkeypatch):
    """As the program has it: it runs in its own folder."""
    monkeypatch.chdir(STACKS)
    monkeypatch.syspath_prepend(STACKS)
    yield __import__("settings")
    for module in ("settings", "tables", "example", "local_cluster"):
        sys.modules.pop(module, None)
