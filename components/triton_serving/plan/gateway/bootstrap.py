"""Envoy's start file: one listener for HTTP/1.1 and HTTP/2, its limits, and where routes and clusters come from.

It holds no keys: when Envoy does not understand its start file, it prints all of it.
"""

from importlib import resources
from typing import Any

from .. import limits
from .files import watched
from .filters import of_the_connection_manager

ARGUMENTS = (
    *("-c", "bootstrap.json"),
    "--disable-hot-restart",  # needs shared memory, and a base id for each Envoy of a machine
    *("--concurrency", "1"),  # two threads were no faster before Triton on two cores, and took more of its time
    *("--log-level", "warning"),
    # What Envoy says of a routes file that it does not understand is the whole file, keys included.
    *("--component-log-level", "config:critical"),
)
"""Envoy's command line."""
SERVICE = "service"
"""The one of everything: listener, routes, host."""
COUNTED = ("cluster_manager.cds.", f"http.{SERVICE}.rds.")
"""What `/stats` of the admin socket shows: which version of each file Envoy has taken over, and how many it refused.
Everything else would be counted for every request, and read by nobody."""
IDLE_CONNECTION_SECONDS = 300
"""How long a client may keep a connection without a request: longer than load balancers on the way keep it (240 s)."""


def bootstrap(port: int, *, address: str = "127.0.0.1") -> dict[str, Any]:
    return {
        "node": {"id": "gateway", "cluster": SERVICE},  # nobody reads it; files that are watched ask for it
        "admin": {"address": {"pipe": {"path": "admin.sock", "mode": 0o600}}},
        "dynamic_resources": {"cds_config": watched("clusters.json")},
        "static_resources": {"listeners": [_listener(port, address)]},
        "stats_config": {"stats_matcher": {"inclusion_list": {"patterns": [{"prefix": one} for one in COUNTED]}}},
        "overload_manager": _overload(),
    }


def _overload() -> dict[str, Any]:
    """Bodies are collected in memory: when it is full, new requests get 503 until others have gone on."""
    return {
        "resource_monitors": [
            _monitor(
                "global_downstream_max_connections",
                "downstream_connections.v3.DownstreamConnectionsConfig",
                {"max_active_downstream_connections": limits.CONNECTIONS},
            ),
            _monitor(
                "fixed_heap", "fixed_heap.v3.FixedHeapConfig", {"max_heap_size_bytes": limits.GATEWAY_MEMORY_BYTES}
            ),
        ],
        "actions": [
            {
                "name": "envoy.overload_actions.stop_accepting_requests",
                "triggers": [{"name": "envoy.resource_monitors.fixed_heap", "threshold": {"value": 0.9}}],
            }
        ],
    }


def _monitor(name: str, kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": f"envoy.resource_monitors.{name}",
        "typed_config": {"@type": f"type.googleapis.com/envoy.extensions.resource_monitors.{kind}", **settings},
    }


def _listener(port: int, address: str) -> dict[str, Any]:
    return {
        "name": SERVICE,
        "address": {"socket_address": {"address": address, "port_value": port}},
        # Whoever starts Envoy holds the port for it, against everybody else, also while Envoy is being started again.
        "enable_reuse_port": True,
        "filter_chains": [{"filters": [_connection_manager()]}],
    }


def _connection_manager() -> dict[str, Any]:
    return {
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.network"
            ".http_connection_manager.v3.HttpConnectionManager",
            "codec_type": "AUTO",
            "stat_prefix": SERVICE,
            "rds": {"route_config_name": SERVICE, "config_source": watched("routes.json")},
            "http_filters": of_the_connection_manager(_script()),
            **_limits(),
            **_silence(),
        },
    }


def _limits() -> dict[str, Any]:
    return {
        "max_request_headers_kb": limits.HEADER_KIB,
        "request_headers_timeout": f"{limits.HEADER_SECONDS}s",
        "request_timeout": f"{limits.REQUEST_SECONDS}s",
        "stream_idle_timeout": f"{limits.REQUEST_SECONDS}s",  # routes that wait for an answer have a longer one
        "common_http_protocol_options": {
            "idle_timeout": f"{IDLE_CONNECTION_SECONDS}s",
            "max_headers_count": limits.HEADER_COUNT,
            # `content_length` and `content-length` are the same to some programs: only one of them is looked at here.
            "headers_with_underscores_action": "DROP_HEADER",
        },
        "http2_protocol_options": {"max_concurrent_streams": 1000},
        # Paths are compared as they came, and nothing that is encoded or doubled is on the list.
        "normalize_path": False,
        "merge_slashes": False,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
    }


def _silence() -> dict[str, Any]:
    """What Envoy would add to requests and answers, and does not."""
    return {
        "server_header_transformation": "PASS_THROUGH",
        "generate_request_id": False,  # the scoring server makes its own
        # Clients are strangers, whatever they forward: they set no time-outs or retries by x-envoy-… headers.
        "use_remote_address": True,
        "skip_xff_append": True,  # Triton and scripts have no use for it
        "local_reply_config": _own_answers(),
    }


def _own_answers() -> dict[str, Any]:
    """The gateway's errors as Triton writes its own, so that tritonclient shows them: JSON, and plain text for gRPC."""
    plain = {"body_format_override": {"text_format_source": {"inline_string": "%LOCAL_REPLY_BODY%"}}}
    too_large = {"comparison": {"op": "EQ", "value": {"default_value": 413, "runtime_key": "none"}}}
    exhausted = {"header": {"key": "grpc-status", "value": "8"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
    return {
        "mappers": [
            {
                "filter": {"and_filter": {"filters": [_IS_GRPC, {"status_code_filter": too_large}]}},
                "headers_to_add": [exhausted],  # RESOURCE_EXHAUSTED: gRPC has no code of its own for 413
                **plain,
            },
            {"filter": _IS_GRPC, **plain},
        ],
        "body_format": {"json_format": {"error": "%LOCAL_REPLY_BODY%"}, "content_type": "application/json"},
    }


_IS_GRPC = {"header_filter": {"header": {"name": "content-type", "string_match": {"prefix": "application/grpc"}}}}


def _script() -> str:
    return (
        resources.files(__package__)
        .joinpath("body_check.lua")
        .read_text()
        .replace("JSON_DEPTH", str(limits.JSON_DEPTH))
    )
