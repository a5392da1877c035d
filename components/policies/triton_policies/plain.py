"""What Pulumi shows of a resource, as plain values: reading an unknown one must not end a whole rule."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_policy.proxy import UnknownValueError

from .rule import UNKNOWN


def plain(shown: Any) -> Any:
    """Whole numbers, which come as 3.0, are whole again: messages show them as they were written."""
    if isinstance(shown, Mapping):
        return {name: _of(shown, name) for name in shown}
    if isinstance(shown, Sequence) and not isinstance(shown, str):
        return [_of(shown, number) for number in range(len(shown))]
    return int(shown) if isinstance(shown, float) and shown.is_integer() else shown


def _of(shown: Any, key: Any) -> Any:
    try:
        return plain(shown[key])
    except UnknownValueError:
        return UNKNOWN
