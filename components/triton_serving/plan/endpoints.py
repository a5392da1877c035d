"""Where a service is called: every address that a plan leads to, below one base."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from .service import Mode, ServedModel


@dataclass(frozen=True)
class Endpoints:
    scoring_uri: str
    """What v1 called so: ends in /score with an entry script, and is the base without one."""
    health_uri: str
    """200 when the service is ready, behind the key where keys are on."""
    infer_uris: dict[str, str]
    """For each model and version, `digits/1`, the address of its inference; empty with an entry script."""
    swagger_uri: str | None
    """None without an entry script: Triton describes itself by its metadata routes."""
    grpc_target: str | None
    """Host and port, always both: clients take 443 where there is none, also for plain text.
    None with an entry script."""


def endpoints(base: str, mode: Mode, models: tuple[ServedModel, ...]) -> Endpoints:
    """`base` has no slash at its end: http://localhost:6789, https://example.com/api/v1/service/digits."""
    if mode is Mode.DIRECT:
        return Endpoints(
            scoring_uri=base,
            health_uri=f"{base}/v2/health/ready",
            infer_uris=dict(_infer_uris(base, models)),
            swagger_uri=None,
            grpc_target=_grpc_target(base),
        )
    return Endpoints(
        scoring_uri=f"{base}/score",
        health_uri=f"{base}/",
        infer_uris={},
        swagger_uri=f"{base}/swagger.json",
        grpc_target=None,
    )


def _grpc_target(base: str) -> str:
    """Without a path: gRPC has none before its methods."""
    parts = urlsplit(base)
    if parts.port is not None:
        return parts.netloc
    return f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"


def _infer_uris(base: str, models: tuple[ServedModel, ...]) -> Iterator[tuple[str, str]]:
    for model in models:
        for version in model.versions:
            yield f"{model.name}/{version}", f"{base}/v2/models/{model.name}/versions/{version}/infer"
