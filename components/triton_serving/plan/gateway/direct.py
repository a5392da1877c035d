"""Direct mode: the paths and methods of Triton that callers may use.

Everything else of Triton stays behind the gateway: its repository, logs, traces and shared memory are open to whoever
reaches them.
"""

from .. import limits
from .filters import BODILESS, DEPTH_CHECKED, UNTOUCHED, Filters, collected
from .rules import (
    UNKNOWN,
    Header,
    Path,
    Route,
    answered,
    exactly,
    is_absent,
    is_at_most,
    is_there,
    matching,
    method,
    not_allowed,
    repeatable,
    stream_to_cluster,
    to_cluster,
)

NOT_READY = "the service is not ready"
HEAD_LENGTH = "inference-header-content-length"
SHORT = limits.JSON_DEPTH
"""A body of so many bytes cannot be nested deeper."""


_MODEL = "/v2/models/[A-Za-z0-9_][A-Za-z0-9._-]*(?:/versions/[1-9][0-9]*)?"
"""Every name that a model may have here. Which are served is for Triton to say, and it says it in its own words."""
_INFER, _METADATA, _READY = (matching(f"{_MODEL}{ending}") for ending in ("/infer", "", "/ready"))


def inference_routes(cluster: str) -> list[Route]:
    return [_statistics(), *_infer(cluster), *_reading(_METADATA, cluster)]


def health_routes(cluster: str, *, ready: bool) -> list[Route]:
    found: list[Route] = []
    for path in (exactly("/v2/health/live"), exactly("/v2/health/ready"), _READY):
        found += _reading(path, cluster) if ready else _not_ready(path)
    return found


def grpc_routes(cluster: str) -> list[Route]:
    return [
        *(_call(name, cluster) for name in ("ModelInfer", "ModelMetadata")),
        stream_to_cluster(_method("ModelStreamInfer"), [method("POST")], cluster, limits.DIRECT_SECONDS),
    ]


def grpc_health_routes(cluster: str, *, ready: bool) -> list[Route]:
    return [
        _call(name, cluster) if ready else answered(_method(name), [method("POST")], 503, NOT_READY)
        for name in ("ServerLive", "ServerReady", "ModelReady")
    ]


def _statistics() -> Route:
    """The one path of Triton that looks like the name of a model and is not."""
    return answered(exactly("/v2/models/stats"), [], 404, UNKNOWN)


def _infer(cluster: str) -> list[Route]:
    def let(headers: list[Header], filters: Filters, body_bytes: int = 0) -> Route:
        return to_cluster(_INFER, [method("POST"), *headers], cluster, limits.DIRECT_SECONDS, filters, body_bytes)

    return [
        let([is_at_most("content-length", SHORT), is_absent(HEAD_LENGTH)], UNTOUCHED),
        let([is_there("content-length")], DEPTH_CHECKED, limits.TRITON_BODY_BYTES),
        let([], collected(limits.TRITON_BODY_BYTES) | DEPTH_CHECKED),
        not_allowed(_INFER, "POST"),
    ]


def _reading(path: Path, cluster: str) -> list[Route]:
    answer = repeatable(to_cluster(path, [method("GET")], cluster, limits.DIRECT_SECONDS, BODILESS))
    return [answer, not_allowed(path, "GET")]


def _not_ready(path: Path) -> list[Route]:
    return [answered(path, [method("GET")], 503, NOT_READY), not_allowed(path, "GET")]


def _call(name: str, cluster: str) -> Route:
    whole = collected(limits.TRITON_BODY_BYTES)
    return to_cluster(_method(name), [method("POST")], cluster, limits.DIRECT_SECONDS, whole)


def _method(name: str) -> Path:
    return exactly(f"/inference.GRPCInferenceService/{name}")
