"""Azure's ids: made from the parts of a path, and told apart as Azure does, whatever their case."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from .kinds import KINDS, SUBSCRIPTION, Kind


def resource_id(kind: Kind, given: Mapping[str, Any]) -> str:
    parts = {name: str(given[name]).strip("/") for name in kind.names}
    return kind.id_template.format(subscriptionId=SUBSCRIPTION, **parts)


def key(identity: str) -> str:
    """Under which a resource is kept: ids that differ in case are the same one."""
    return unquote(identity).lower().rstrip("/")


def parts(kind: Kind, identity: str) -> dict[str, str] | None:
    """The names in an id; None when it is not one of this kind."""
    pattern = re.sub(r"\\{(\w+)\\}", lambda name: f"(?P<{name[1]}>{_allowed(name[1])})", re.escape(kind.path))
    found = re.fullmatch(pattern, identity, re.IGNORECASE)
    if found is None:
        return None
    return {name: value for name, value in found.groupdict().items() if name != "subscriptionId"}


def kind_of(identity: str) -> Kind | None:
    return next((kind for kind in KINDS.values() if parts(kind, identity) is not None), None)


def _allowed(name: str) -> str:
    return ".+" if name == "scope" else "[^/]+"


def group_of(identity: str) -> str | None:
    """The id of the resource group that a resource is in."""
    found = re.match(r"(/subscriptions/[^/]+/resourcegroups/[^/]+)(/|$)", key(identity))
    return found[1] if found else None


def parent_of(identity: str) -> str | None:
    """The id of what a resource is a part of, such as the cluster of a pool; None for one on its own."""
    found = re.fullmatch(r"(.*/providers/[^/]+/[^/]+/[^/]+)/[^/]+/[^/]+", key(identity))
    return found[1] if found and "/microsoft.authorization/" not in key(identity) else None


def within(identity: str, outer: str) -> bool:
    """Whether a resource lies in another: in a group, as part of a cluster, or as a role upon it."""
    return key(identity).startswith(f"{key(outer)}/")
