"""What holds for all tests."""

from pathlib import Path

import pytest

SHARED = ("local_runtime", "plan/gateway", "scoring", "examples")
"""Folders whose modules start real programs once for all of their tests: each module stays on one worker."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    root = Path(__file__).parent
    for item in items:
        if any(item.path.is_relative_to(root / folder) for folder in SHARED):
            item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(root))))
