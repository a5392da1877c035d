"""What is let through to which program: refusals first, then all that is allowed, then a 404 for the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .. import limits
from ..service import Keys, Mode, ServicePlan
from .direct import grpc_health_routes, grpc_routes, health_routes, inference_routes
from .files import resources
from .keys import hidden_from_programs, open_to_all, with_key
from .listener import SERVICE
from .rules import EVERYTHING, UNKNOWN, Route, answered, but_not, is_at_most, is_exactly, is_like, is_there
from .scoring import base_routes, score_routes

DROPPED = (
    "trailer",
    "proxy-authorization",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
    "x-envoy-external-address",
)
"""What is meant for this hop alone, or only a proxy may say, and there is none in front of this one."""


@dataclass(frozen=True)
class Targets:
    """The clusters that routes lead to; None where the mode has no such program."""

    http: str | None = None
    """Triton's HTTP port."""
    grpc: str | None = None
    scoring: str | None = None


@dataclass(frozen=True)
class Allowed:
    """The routes to programs, by what may become of them on the way."""

    calls: list[Route]
    """What a service is there for, and what describes it."""
    health: list[Route]
    grpc_calls: list[Route]
    grpc_health: list[Route]


def routes(plan: ServicePlan, targets: Targets, keys: Keys | None, *, ready: bool) -> dict[str, Any]:
    """With `ready` false the health routes say 503 themselves, whatever Triton says; the others still lead on."""
    found = allowed(plan, targets, ready=ready)
    return configuration(plan, [*found.calls, *found.health, *found.grpc_calls, *found.grpc_health], keys)


def allowed(plan: ServicePlan, targets: Targets, *, ready: bool) -> Allowed:
    found = _allowed(plan, targets, ready=ready)
    if not plan.auth_enabled:
        return found
    # The key has been seen and is nobody else's business.
    calls, health, grpc_calls, grpc_health = (
        [hidden_from_programs(route) for route in some]
        for some in (found.calls, found.health, found.grpc_calls, found.grpc_health)
    )
    return Allowed(calls, health, grpc_calls, grpc_health)


def configuration(plan: ServicePlan, allowed: Sequence[Route], keys: Keys | None) -> dict[str, Any]:
    if plan.auth_enabled != (keys is not None):
        raise ValueError("a service has keys if, and only if, it asks for them")
    listed = [*_refusals(plan), *allowed, _unknown()]
    host = {"name": SERVICE, "domains": ["*"], **(with_key(listed, keys) if keys else open_to_all(listed))}
    return resources(
        [
            {
                "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
                "name": SERVICE,
                "virtual_hosts": [host],
                "request_headers_to_remove": list(DROPPED),
            }
        ]
    )


def _refusals(plan: ServicePlan) -> list[Route]:
    most = limits.TRITON_BODY_BYTES if plan.mode is Mode.DIRECT else limits.SCORE_BODY_BYTES
    too_large = f"the body is larger than {most} bytes"
    return [
        answered(EVERYTHING, [is_like(":authority", ".*,.*")], 400, "there is more than one Host header"),
        answered(
            EVERYTHING, [is_there("content-encoding")], 415, "Content-Encoding is not taken; send the body as it is"
        ),
        answered(
            EVERYTHING,
            [but_not(is_exactly("grpc-encoding", "identity"))],
            415,
            "compressed messages are not taken; send them as they are",
        ),
        answered(EVERYTHING, [but_not(is_at_most("content-length", most))], 413, too_large),
    ]


def _allowed(plan: ServicePlan, targets: Targets, *, ready: bool) -> Allowed:
    if plan.mode is Mode.DIRECT:
        if targets.http is None or targets.grpc is None:
            raise ValueError("direct mode leads to Triton's HTTP and gRPC ports")
        return Allowed(
            inference_routes(targets.http),
            health_routes(targets.http, ready=ready),
            grpc_routes(targets.grpc),
            grpc_health_routes(targets.grpc, ready=ready),
        )
    if targets.scoring is None or plan.script is None:
        raise ValueError(f"{plan.mode} mode leads to the scoring server of a script")
    return Allowed(
        score_routes(plan.script, targets.scoring), base_routes(plan.script, targets.scoring, ready=ready), [], []
    )


def _unknown() -> Route:
    return answered(EVERYTHING, [], 404, UNKNOWN)
