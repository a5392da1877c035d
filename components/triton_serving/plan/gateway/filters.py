"""Envoy's filters that look at bodies, and how a route turns them on. They are off and cost nothing elsewhere."""

from typing import Any

from .. import limits

BUFFER = "envoy.filters.http.buffer"
MEASURE = "envoy.filters.http.body_size_limit"
LUA = "envoy.filters.http.lua"
ROUTER = "envoy.filters.http.router"

Filters = dict[str, dict[str, Any]]

_ON = {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "config": {}}
UNTOUCHED: Filters = {}
DEPTH_CHECKED: Filters = {LUA: _ON}
MEASURED: Filters = {MEASURE: _ON}
"""Passed on as it comes, and ended at Triton's limit: for a stream, which has no end to wait for."""


def collected(most: int) -> Filters:
    """The whole body first: it then goes on with a Content-Length, however it came. Over the limit: 413."""
    return {
        BUFFER: {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute",
            "buffer": {"max_request_bytes": most},
        }
    }


BODILESS: Filters = collected(1)
"""For requests that have no body; Envoy knows no smaller limit."""


def of_the_connection_manager(script: str, *, dynamic_stats: bool) -> list[dict[str, Any]]:
    """All of them in their order; the script sees what was collected."""
    return [
        {
            "name": BUFFER,
            "disabled": True,
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer",
                "max_request_bytes": limits.TRITON_BODY_BYTES,
            },
        },
        {
            "name": MEASURE,
            "disabled": True,
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.body_size_limit.v3.BodySizeLimit",
                "max_request_bytes": limits.TRITON_BODY_BYTES,
            },
        },
        {**lua(script), "disabled": True},
        router(dynamic_stats=dynamic_stats),
    ]


def lua(script: str) -> dict[str, Any]:
    return {
        "name": LUA,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
            "default_source_code": {"inline_string": script},
            "clear_route_cache": False,
        },
    }


def router(*, dynamic_stats: bool) -> dict[str, Any]:
    """Always the last one. With `dynamic_stats` it counts answers by their codes for each cluster."""
    return {
        "name": ROUTER,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
            "suppress_envoy_headers": True,
            "dynamic_stats": dynamic_stats,
        },
    }
