"""The listener that callers reach: HTTP/1.1 and HTTP/2, with its limits; what it lets through is in the routes."""

from collections.abc import Sequence
from importlib import resources
from typing import Any

from .. import limits
from .files import watched
from .filters import of_the_connection_manager, router

SERVICE = "service"
"""The one of everything: listener, routes, host."""
IDLE_CONNECTION_SECONDS = 300
"""How long a client may keep a connection without a request: longer than load balancers on the way keep it (240 s)."""

Address = dict[str, Any]


def loopback(port: int) -> Address:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def everywhere(port: int) -> Address:
    """Every address of a pod. One socket takes IPv6 and IPv4, so it fits clusters of either kind and of both; it fails
    only on nodes whose kernel was booted without IPv6, where Envoy says so and ends."""
    return {"socket_address": {"address": "::", "ipv4_compat": True, "port_value": port}}


def service_listener(
    address: Address,
    *,
    idle_seconds: int = IDLE_CONNECTION_SECONDS,
    transport: dict[str, Any] | None = None,
    access_log: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """With an access log, answers are also counted by the program that they come from."""
    return _listener(SERVICE, address, _service_manager(access_log, idle_seconds), transport)


def inner_listener(
    name: str, address: Address, filters: Sequence[dict[str, Any]], routes: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Not for callers. Those who take up all connections or all memory do not take this one away."""
    settings = {
        "route_config": {"virtual_hosts": [{"name": name, "domains": ["*"], "routes": list(routes)}]},
        "http_filters": [*filters, router(dynamic_stats=False)],
    }
    return {**_listener(name, address, _manager(name, settings)), "bypass_overload_manager": True}


def _listener(
    name: str, address: Address, manager: dict[str, Any], transport: dict[str, Any] | None = None
) -> dict[str, Any]:
    chain = {"filters": [manager], **({"transport_socket": transport} if transport else {})}
    return {
        "name": name,
        "address": address,
        # Whoever starts Envoy holds the port for it, against everybody else, also while Envoy is being started again.
        "enable_reuse_port": "pipe" not in address,
        "filter_chains": [chain],
    }


def _service_manager(access_log: Sequence[dict[str, Any]], idle_seconds: int) -> dict[str, Any]:
    settings = {
        "rds": {"route_config_name": SERVICE, "config_source": watched("routes.json")},
        "http_filters": of_the_connection_manager(_script(), dynamic_stats=bool(access_log)),
        "access_log": list(access_log),
        **_limits(idle_seconds),
        **_silence(),
    }
    return _manager(SERVICE, settings)


def _manager(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.network"
            ".http_connection_manager.v3.HttpConnectionManager",
            "codec_type": "AUTO",
            "stat_prefix": name,
            # Paths are compared as they came, and nothing that is encoded or doubled is on the list.
            "normalize_path": False,
            "merge_slashes": False,
            "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
            **settings,
        },
    }


def _limits(idle_seconds: int) -> dict[str, Any]:
    return {
        "max_request_headers_kb": limits.HEADER_KIB,
        "request_headers_timeout": f"{limits.HEADER_SECONDS}s",
        "request_timeout": f"{limits.REQUEST_SECONDS}s",
        "stream_idle_timeout": f"{limits.REQUEST_SECONDS}s",  # routes that wait for an answer have a longer one
        "common_http_protocol_options": {
            "idle_timeout": f"{idle_seconds}s",
            "max_headers_count": limits.HEADER_COUNT,
            # `content_length` and `content-length` are the same to some programs: only one of them is looked at here.
            "headers_with_underscores_action": "DROP_HEADER",
        },
        "http2_protocol_options": {"max_concurrent_streams": 1000},
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
    fine = {"comparison": {"op": "EQ", "value": {"default_value": 200, "runtime_key": "none"}}}
    exhausted = {"header": {"key": "grpc-status", "value": "8"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
    return {
        "mappers": [
            {
                "filter": {"and_filter": {"filters": [_IS_GRPC, {"status_code_filter": too_large}]}},
                "headers_to_add": [exhausted],  # RESOURCE_EXHAUSTED: gRPC has no code of its own for 413
                **plain,
            },
            {"filter": _IS_GRPC, **plain},
            {"filter": {"status_code_filter": fine}, **plain},
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
