"""A service below a path of a shared host: callers' paths begin with it, those of the programs behind do not."""

import re
from collections.abc import Iterator, Sequence

from .rules import Route


def below(prefix: str, routes: Sequence[Route]) -> list[Route]:
    """Bare paths are then nobody's. The prefix is compared as it comes, like every path here."""
    return [one for route in routes for one in _below(prefix, route)] if prefix else list(routes)


def _below(prefix: str, route: Route) -> Iterator[Route]:
    match = route["match"]
    if "safe_regex" in match:
        regex = match["safe_regex"]["regex"]
        away = {"regex_rewrite": {"pattern": {"regex": f"^{re.escape(prefix)}"}, "substitution": ""}}
        yield _rewritten(route, {"safe_regex": {"regex": f"{re.escape(prefix)}{regex}"}}, away)
        return
    path = match["path"]
    for called in (prefix, f"{prefix}/") if path == "/" else (f"{prefix}{path}",):
        yield _rewritten(route, {"path": called}, {"prefix_rewrite": path})


def _rewritten(route: Route, path: Route, rewrite: Route) -> Route:
    found = {**route, "match": {**route["match"], **path}}
    return {**found, "route": {**route["route"], **rewrite}} if "route" in route else found
