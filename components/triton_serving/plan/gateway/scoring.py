"""Scoring and script mode: the paths of the scoring server."""

from .. import limits
from ..service import Script
from .filters import BODILESS, DEPTH_CHECKED, UNTOUCHED, collected
from .rules import Route, answered, exactly, is_like, is_there, method, not_allowed, repeatable, to_cluster

MARGIN_SECONDS = 15
"""The scoring server itself says that a script took too long; only when it does not, the gateway does."""
JSON_TYPE = r"(?i:application/(?:[^;,]*\+)?json)\s*(?:;.*)?"
"""Other bodies may be nested: an image's bytes are not brackets. Python's own parser stops by itself."""


def score_routes(script: Script, cluster: str) -> list[Route]:
    score, swagger = exactly("/score"), exactly("/swagger.json")
    seconds = _seconds(script)
    most = limits.SCORE_BODY_BYTES
    json, sized = is_like("content-type", JSON_TYPE), is_there("content-length")
    return [
        to_cluster(score, [method("POST"), sized, json], cluster, seconds, DEPTH_CHECKED, most),
        to_cluster(score, [method("POST"), sized], cluster, seconds, UNTOUCHED),
        to_cluster(score, [method("POST"), json], cluster, seconds, collected(most) | DEPTH_CHECKED),
        to_cluster(score, [method("POST")], cluster, seconds, collected(most)),
        to_cluster(score, [method("GET")], cluster, seconds, BODILESS),
        to_cluster(score, [method("OPTIONS")], cluster, seconds, BODILESS),
        not_allowed(score, "GET", "POST", "OPTIONS"),
        repeatable(to_cluster(swagger, [method("GET")], cluster, seconds, BODILESS)),
        not_allowed(swagger, "GET"),
    ]


def base_routes(script: Script, cluster: str, *, ready: bool) -> list[Route]:
    """The health of a service with a script is at its base."""
    health = exactly("/")
    return [
        *(
            repeatable(to_cluster(health, [method(name)], cluster, _seconds(script), BODILESS))
            if ready
            else answered(health, [method(name)], 503, "the service is not ready")
            for name in ("GET", "HEAD")
        ),
        not_allowed(health, "GET", "HEAD"),
    ]


def _seconds(script: Script) -> float:
    return script.scoring_timeout_ms / 1000 + MARGIN_SECONDS
