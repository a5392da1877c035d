"""What the gateway's files say. Pure: plain data in, plain data out; `local_runtime` and Kubernetes put it in place.

    bootstrap   once per start of Envoy: listener, limits, where the other two files are
    clusters    where Triton and the scoring server are now
    routes      what is let through to which cluster, with the keys; replaced while Envoy runs, and it loses no request
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..service import Keys, ServicePlan


@dataclass(frozen=True)
class Upstream:
    """A program behind the gateway, on this machine or in this pod."""

    cluster: str
    """A new name for every new process, so that routes move from the old to the new in one step."""
    port: int
    grpc: bool = False


@dataclass(frozen=True)
class Targets:
    """The clusters that routes lead to; None where the mode has no such program."""

    http: str | None = None
    """Triton's HTTP port."""
    grpc: str | None = None
    scoring: str | None = None


def bootstrap(port: int, *, address: str = "127.0.0.1") -> dict[str, Any]:
    """Envoy's own start file. It runs in the folder that holds `clusters.json` and `routes.json`, and makes its admin
    socket there, `admin.sock`: relative paths, so that any folder works, however long its path or odd its name."""
    raise NotImplementedError


def clusters(upstreams: Sequence[Upstream]) -> dict[str, Any]:
    raise NotImplementedError


def routes(plan: ServicePlan, targets: Targets, keys: Keys | None, *, ready: bool) -> dict[str, Any]:
    """With `ready` false the health routes say 503 themselves, whatever Triton says; the others still lead on."""
    raise NotImplementedError
