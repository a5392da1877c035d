"""The gateway of containers, and a way through it to programs that do not serve yet: their ports are nobody's but
theirs, so all there is from outside is the gateway's one.

That way is a second host of the gateway, whose name nobody can guess. The name changes with the routes: once it
answers, they are in force.
"""

import hmac
import json
from collections.abc import Sequence
from typing import Any

from .bootstrap import COUNTED, start_file
from .clusters import Upstream, clusters
from .files import resources
from .filters import UNTOUCHED
from .listener import SERVICE, everywhere, service_listener
from .routes import Targets
from .rules import EVERYTHING, answered, exactly, to_cluster

PORT = 8080
"""Inside of the container; the one that is published leads there."""
FOLDER = "/etc/gateway"
"""Envoy's working folder: bootstrap.json, clusters.json, routes.json."""
RUN_FOLDER = "/run/gateway"
"""Writable, for the admin socket."""
IN_FORCE_PATH = "/in-force"
"""204 by the secret name."""
NOT_YET = "the service is starting"

_SECONDS = 300.0
"""In which a program must have answered: who asks has a shorter time of its own."""
_INSIDE = "inside"


def container_bootstrap() -> dict[str, Any]:
    """The same for every service: what changes is in the two other files, so that a gateway hardly ever has to."""
    listener = service_listener(everywhere(PORT))
    return start_file([listener], admin_socket=f"{RUN_FOLDER}/admin.sock", counted=COUNTED)


def starting() -> dict[str, Any]:
    """The routes of a gateway without programs behind it."""
    host = {"name": SERVICE, "domains": ["*"], "routes": [answered(EVERYTHING, [], 503, NOT_YET)]}
    typed = {"@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration", "name": SERVICE}
    return resources([{**typed, "virtual_hosts": [host]}])


def with_inside(routes: dict[str, Any], inside: Targets, secret: str) -> tuple[dict[str, Any], str]:
    """Any routes, with a way to these programs in place of the way that there may be; and the name that leads there."""
    (configuration,) = routes["resources"]
    front = [host for host in configuration["virtual_hosts"] if host["name"] != _INSIDE]
    host = hmac.digest(secret.encode(), json.dumps([front, vars(inside)]).encode(), "sha256").hex()[:32]
    return resources([{**configuration, "virtual_hosts": [*front, _inner(host, inside)]}]), host


def with_upstreams(before: dict[str, Any], upstreams: Sequence[Upstream]) -> dict[str, Any]:
    """Clusters with some more: those that serve stay, for the requests that they have not answered."""
    added = clusters(upstreams)["resources"]
    names = {one["name"] for one in added}
    return resources([*(one for one in before["resources"] if one["name"] not in names), *added])


def _inner(host: str, inside: Targets) -> dict[str, Any]:
    ways = [
        answered(exactly(IN_FORCE_PATH), [], 204, ""),
        *([to_cluster({"prefix": "/v2/"}, [], inside.http, _SECONDS, UNTOUCHED)] if inside.http else []),
        *([to_cluster(exactly("/"), [], inside.scoring, _SECONDS, UNTOUCHED)] if inside.scoring else []),
    ]
    return {"name": _INSIDE, "domains": [host], "routes": ways}
