"""What an earlier update wrote into the state: by this version of the package, or by one that wrote less.

What is there and not known here does no harm and goes with the next update. What is not there and promised by the
schema counts as a change, so that `up` adds it; a resource that cannot do without it ends in words instead of a
traceback. No resource is taken over or made anew because of it.
"""

from collections.abc import Mapping
from typing import Any

from ..rules.problems import UserError
from .resource import Change, Changes
from .values import Properties


class Recorded(Properties):
    """Properties, in which to look for what is not there is told to the user."""

    def __missing__(self, key: str) -> Any:
        raise UserError(
            f"the state lacks '{key}' of this resource, as one does that another version of triton-serving wrote; run "
            "that version, or put back the state from before"
        )


def recorded(properties: Mapping[str, Any]) -> Recorded:
    return Recorded({key: _inside(value) for key, value in properties.items()})


def to_add(schema: Mapping[str, Any], state: Properties) -> Changes:
    """The outputs that the state should have and has not."""
    return {key: Change.ADD for key in schema.get("required", ()) if key not in state}


def refreshable(schema: Mapping[str, Any], state: Recorded) -> Recorded:
    """The state, if it is whole; also without any, as imports begin."""
    if state and (lacking := to_add(schema, state)):
        raise UserError(
            f"the state lacks {', '.join(map(repr, lacking))} of this resource, as one does that another version of "
            "triton-serving wrote; run `pulumi up`, which adds that, then refresh"
        )
    return state


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return recorded(value)
    return [_inside(item) for item in value] if isinstance(value, list) else value
