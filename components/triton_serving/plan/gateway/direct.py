"""Direct mode: the paths and methods of Triton that callers may use.

Everything else of Triton stays behind the gateway: its repository, logs, traces and shared memory are open to whoever
reaches them.
"""

import re
from collections.abc import Sequence

from .. import limits
from ..service import ServedModel
from .filters import BODILESS, DEPTH_CHECKED, MEASURED, UNTOUCHED, collected
from .rules import (
    Header,
    Path,
    Route,
    answered,
    exactly,
    is_at_most,
    is_there,
    matching,
    method,
    not_allowed,
    repeatable,
    to_cluster,
)

NOT_READY = "the service is not ready"
HEAD_LENGTH = "inference-header-content-length"
SHORT = limits.JSON_DEPTH
"""A body of so many bytes cannot be nested deeper."""


def direct_routes(models: Sequence[ServedModel], http: str, grpc: str, *, ready: bool) -> list[Route]:
    return [*_infer(models, http), *_reading(models, http, ready=ready), *_grpc(grpc, ready=ready)]


def _infer(models: Sequence[ServedModel], cluster: str) -> list[Route]:
    path = _of_models(models, "/infer")

    def let(headers: list[Header], filters: dict[str, dict[str, object]], body_bytes: int = 0) -> Route:
        return to_cluster(path, [method("POST"), *headers], cluster, limits.DIRECT_SECONDS, filters, body_bytes)

    return [
        let([is_at_most("content-length", SHORT), {**is_there(HEAD_LENGTH), "invert_match": True}], UNTOUCHED),
        let([is_there("content-length")], DEPTH_CHECKED, limits.TRITON_BODY_BYTES),
        let([], collected(limits.TRITON_BODY_BYTES) | DEPTH_CHECKED),
        not_allowed(path, "POST"),
    ]


def _reading(models: Sequence[ServedModel], cluster: str, *, ready: bool) -> list[Route]:
    found: list[Route] = []
    health = (exactly("/v2/health/live"), exactly("/v2/health/ready"), _of_models(models, "/ready"))
    for path in (*health, _of_models(models, "")):
        if path in health and not ready:
            found.append(answered(path, [method("GET")], 503, NOT_READY))
        else:
            found.append(repeatable(to_cluster(path, [method("GET")], cluster, limits.DIRECT_SECONDS, BODILESS)))
        found.append(not_allowed(path, "GET"))
    return found


def _grpc(cluster: str, *, ready: bool) -> list[Route]:
    """A unary message is measured whole; a stream has no end to wait for, and none for its time either."""

    def path(name: str) -> Path:
        return exactly(f"/inference.GRPCInferenceService/{name}")

    whole = collected(limits.TRITON_BODY_BYTES)
    health = [
        to_cluster(path(name), [method("POST")], cluster, limits.DIRECT_SECONDS, whole)
        if ready
        else answered(path(name), [method("POST")], 503, NOT_READY)
        for name in ("ServerLive", "ServerReady", "ModelReady")
    ]
    return [
        *(
            to_cluster(path(name), [method("POST")], cluster, limits.DIRECT_SECONDS, whole)
            for name in ("ModelInfer", "ModelMetadata")
        ),
        to_cluster(path("ModelStreamInfer"), [method("POST")], cluster, 0, MEASURED),
        *health,
    ]


def _of_models(models: Sequence[ServedModel], ending: str) -> Path:
    """The path of each model and each of its versions, and of no other: none leads to Triton that it does not serve."""
    each = [f"{re.escape(model.name)}(?:/versions/(?:{'|'.join(map(str, model.versions))}))?" for model in models]
    return matching(f"/v2/models/(?:{'|'.join(each)}){ending}")
