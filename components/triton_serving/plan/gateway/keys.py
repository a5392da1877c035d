"""Who shows one of the two keys gets to the routes; everybody else gets 401, before anything of the body is read."""

from typing import Any

from ..service import Keys
from .rules import EVERYTHING, Route, answered

SAY = "send one of the service's two keys as 'Authorization: Bearer <key>'"


def open_to_all(routes: list[Route]) -> dict[str, Any]:
    return {"routes": routes}


def with_key(routes: list[Route], keys: Keys) -> dict[str, Any]:
    """The header's whole value is looked up in a hash table, so the time that takes does not tell how much of a guess
    was right: values are compared only where their hashes, seeded anew in each process, agree. Nothing is cut off or
    folded: another scheme, case, space or a second header is another value."""
    right = {"action": _action("allowed", "RouteList", {"routes": routes})}
    refusal = answered(EVERYTHING, [], 401, SAY, {"www-authenticate": "Bearer"})
    return {
        "matcher": {
            "matcher_tree": {
                "input": {
                    "name": "authorization",
                    "typed_config": {
                        "@type": "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput",
                        "header_name": "authorization",
                    },
                },
                "exact_match_map": {"map": {f"Bearer {key}": right for key in (keys.primary, keys.secondary)}},
            },
            "on_no_match": {"action": _action("refused", "Route", refusal)},
        }
    }


def hidden_from_programs(route: Route) -> Route:
    return {**route, "request_headers_to_remove": ["authorization"]} if "route" in route else route


def _action(name: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    typed = {"@type": f"type.googleapis.com/envoy.config.route.v3.{kind}", **content}
    return {"name": name, "typed_config": typed}
