"""Two versions behind one address: a share of the requests goes to a candidate, or copies of them do.

The candidate is a service of its own, with a gateway that has the same rules and keys: a request goes there as it came,
with its key. Nobody tries a second time at the stable version when the candidate is dead: callers of its share get 503
at once. A share that quietly went elsewhere would look well, and every body would have to be kept for that. So a
candidate is added with a share of 0, which is raised when it is ready, and lowered to 0 before it is removed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..service import Keys
from .clusters import Upstream
from .filters import BODILESS
from .rules import Header, Path, Route, is_exactly, method, to_cluster

HTTP, GRPC = WAYS = "candidate", "candidate-grpc"
"""HTTP/1.1 stays HTTP/1.1: its many connections are spread over all pods, the single one of HTTP/2 would end in one."""
_VERSION_SECONDS = 3
"""Less than who asks has patience: a candidate that does not answer is told from a pod that does not."""


@dataclass(frozen=True)
class Split:
    """How requests are shared with a candidate, a service of its own in the same cluster."""

    host: str
    """The candidate's Service: digits-candidate.team-a.svc. Its gateway speaks plain HTTP and has no path prefix."""
    port: int
    percent: int
    mirror_percent: int
    header: str = "x-triton-serving-version"
    """A caller asks for one version by `candidate` or `stable` in it, whatever the percentages are."""


def candidate(split: Split) -> list[Upstream]:
    return [Upstream(HTTP, split.port, host=split.host), Upstream(GRPC, split.port, grpc=True, host=split.host)]


def shared(split: Split, routes: Sequence[Route], cluster: str, keys: Keys | None) -> list[Route]:
    """By the percentages, and by name."""
    return [one for route in routes for one in _shared(split, route, cluster, keys)]


def by_name(split: Split, routes: Sequence[Route], cluster: str) -> list[Route]:
    """To the candidate only when it is asked for: health is the stable version's, else a dead candidate would take
    the whole service out of a load balancer."""
    return [one for route in routes for one in (*_to_candidate(route, cluster, [_asks(split)]), route)]


def asked_for_its_version(split: Split, path: Path) -> list[Route]:
    """At the path where the stable gateway says its own version, the candidate's says its own to who asks for one of
    the two ways there by its name. Each looks up the candidate's Service by itself."""
    return [
        to_cluster(path, [method("GET"), is_exactly(split.header, way)], way, _VERSION_SECONDS, BODILESS)
        for way in WAYS
    ]


def _shared(split: Split, route: Route, cluster: str, keys: Keys | None) -> Iterator[Route]:
    yield from _to_candidate(route, cluster, [_asks(split)])
    if split.percent:
        yield from _to_candidate(route, cluster, [_does_not_refuse(split)], split.percent)
    yield _mirrored(split, route, cluster, keys) if split.mirror_percent else route


def _to_candidate(route: Route, cluster: str, headers: list[Header], percent: int = 100) -> Iterator[Route]:
    if "route" not in route:
        return
    match = {**route["match"], "headers": [*route["match"]["headers"], *headers]}
    if percent < 100:
        match["runtime_fraction"] = _fraction(percent)
    found = {**route, "match": match, "route": {**route["route"], "cluster": cluster}}
    found.pop("request_headers_to_remove", None)  # the key: the candidate's gateway asks for it
    yield found


def _mirrored(split: Split, route: Route, cluster: str, keys: Keys | None) -> Route:
    """Copies are made after the caller's key was taken off, and so have this service's own."""
    if "route" not in route or method("POST") not in route["match"]["headers"]:
        return route
    copies: dict[str, Any] = {
        "cluster": cluster,
        "runtime_fraction": _fraction(split.mirror_percent),
        "disable_shadow_host_suffix_append": True,
    }
    if keys:
        header = {"key": "authorization", "value": f"Bearer {keys.primary}"}
        copies["request_headers_mutations"] = [{"append": {"header": header}}]
    return {**route, "route": {**route["route"], "request_mirror_policies": [copies]}}


def _asks(split: Split) -> Header:
    return is_exactly(split.header, "candidate")


def _does_not_refuse(split: Split) -> Header:
    return {**is_exactly(split.header, "stable"), "invert_match": True, "treat_missing_header_as_empty": True}


def _fraction(percent: int) -> dict[str, Any]:
    return {"default_value": {"numerator": percent}}
