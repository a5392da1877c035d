"""Names that Pulumi's provider makes up where a program gives none, and the place it takes from the configuration."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from .kinds import Kind

CREATE_FIRST = "__createBeforeDelete"
"""In the inputs of a resource with a made-up name: its replacement need not wait, for it has another name."""


def named(
    kind: Kind, name: str, seed: bytes, olds: Mapping[str, Any], news: Mapping[str, Any], location: str | None
) -> dict[str, Any]:
    """What is given, with what goes without saying."""
    given = dict(news)
    if kind.own_name not in given:
        if kind.own_name in olds:
            kept = {key: olds[key] for key in (kind.own_name, CREATE_FIRST) if key in olds}
            given |= kept
        else:
            given |= {kind.own_name: _made_up(kind, name, seed), CREATE_FIRST: True}
    if "location" not in given and "location" in kind.inputs.inputs:
        found = olds.get("location") or location
        given |= {"location": found} if found else {}
    return given


def _made_up(kind: Kind, name: str, seed: bytes) -> str:
    drawn = hashlib.sha256(seed or name.encode()).hexdigest()
    if kind.name == "RoleAssignment":
        return str(UUID(drawn[:32], version=4))
    return f"{name}{drawn[:8]}"
