"""The user's own folders. An XDG variable that is not an absolute path is to be ignored, says the XDG specification."""

import os
from pathlib import Path


def cache_home() -> Path:
    """Where this package keeps what it can make again: `$XDG_CACHE_HOME/triton-serving`."""
    return _home("XDG_CACHE_HOME", ".cache")


def data_home() -> Path:
    """Where this package keeps what is the user's: `$XDG_DATA_HOME/triton-serving`."""
    return _home("XDG_DATA_HOME", ".local/share")


def _home(variable: str, default: str) -> Path:
    configured = Path(os.environ.get(variable, ""))
    return (configured if configured.is_absolute() else Path.home() / default) / "triton-serving"
