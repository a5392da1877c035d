"""The Python packages of Pulumi's own providers, which only those install who need them."""

from importlib import import_module
from typing import Any

import pulumi


def of_provider(module: str, extra: str, wanted_by: str) -> Any:
    """A module of one, imported only now; who lacks it is told which extra of this package brings it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        raise pulumi.RunError(f"{wanted_by}; install it: pip install 'triton-serving[{extra}]'") from missing
