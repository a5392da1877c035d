"""What a pod's gateway counts: enough for alerts and a dashboard, and no more, as every request pays for it."""

from typing import Any

from .listener import SERVICE

REFUSED = "refused"
_PROGRAMS = "triton|triton-grpc|scoring|candidate|candidate-grpc"


def _matching(expression: str) -> dict[str, Any]:
    return {"safe_regex": {"regex": expression}}


COUNTED = (
    # Requests by class of code, how long they take, how many there are now; connections now.
    _matching(rf"http\.{SERVICE}\.downstream_(rq_[1-5]xx|rq_time|rq_active|cx_active)"),
    # The same of each program and of a candidate. What the gateway itself answers is the difference.
    _matching(rf"cluster\.({_PROGRAMS})\.upstream_rq_([1-5]xx|time)"),
    # Wrong keys.
    _matching(rf"{REFUSED}\..*"),
    # What checks have found; Envoy tells from these whether a cluster is well.
    _matching(r"cluster\.[^.]+\.membership_(total|healthy)"),
    # Canaries, which Triton counts as requests.
    _matching(r"cluster\.canary/[^.]+\.health_check\.attempt"),
)
_SHOWN = "downstream_|upstream_rq_|membership_healthy|health_check.attempt|update_rejected|refused"
PAGE = f"/stats/prometheus?filter={_SHOWN}"
"""Not the versions of the files: they are made from the keys, too, and whoever reads statistics may try guesses."""


def wrong_keys() -> dict[str, Any]:
    """Counts answers with 401, of which Envoy by itself knows only that they are 4xx."""
    refused = {"comparison": {"op": "EQ", "value": {"default_value": 401, "runtime_key": "none"}}}
    return {
        "name": "envoy.access_loggers.stats",
        "filter": {"status_code_filter": refused},
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.stats.v3.Config",
            "stats_scope": {"prefix": REFUSED},
            "counters": [{"stat": {"name": "unauthorized"}, "value_fixed": 1}],
        },
    }
