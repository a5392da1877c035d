"""From what Pulumi says to what Azure is sent, and back, along Azure's models."""

from collections.abc import Mapping
from typing import Any

from triton_serving.resources.values import UNKNOWN

from .kinds import Kind
from .models import ListOf, MapOf, Names, Property, Shape, Type

Body = dict[str, Any]


def request_body(kind: Kind, given: Mapping[str, Any]) -> Body:
    """The body of the request; what belongs into its path is left out."""
    own = {name: value for name, value in given.items() if name in kind.inputs.inputs and name not in _path_only(kind)}
    return _into(kind.inputs, own)


def outputs(kind: Kind, body: Mapping[str, Any]) -> dict[str, Any]:
    """What Azure answered, as Pulumi keeps it."""
    return {"azureApiVersion": kind.api_version, **_out_of(kind.outputs.outputs, body)}


def inputs(kind: Kind, state: Mapping[str, Any]) -> dict[str, Any]:
    """What of a resource's state could have been given."""
    return _settable(kind.inputs, state)


def imported(kind: Kind, body: Mapping[str, Any]) -> dict[str, Any]:
    """What of Azure's answer could have been given, where nobody knows what was."""
    return _settable(kind.inputs, _out_of(kind.inputs.inputs, body))


def previewed(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is known before anything is made: what was given, and of all else that Azure will say it."""
    return {"azureApiVersion": kind.api_version, **_preview(kind.outputs, given)}


def at(body: Mapping[str, Any], *path: str) -> Any:
    """A value deep inside; None where anything on the way is missing."""
    found: Any = body
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def put(body: Body, path: tuple[str, ...], value: Any) -> None:
    for step in path[:-1]:
        body = body.setdefault(step, {})
    body[path[-1]] = value


def _path_only(kind: Kind) -> set[str]:
    return set(kind.names) - {name for name, one in kind.inputs.inputs.items() if one.path[0] == name}


def _into(shape: Shape, given: Mapping[str, Any]) -> Body:
    body: Body = {}
    for name, value in given.items():
        one = shape.inputs[name]
        put(body, one.path, _value_into(one.type, value))
    return body


def _value_into(kind: Type, value: Any) -> Any:
    match kind:
        case Shape():
            return _into(kind, value)
        case ListOf(item):
            return [_value_into(item, each) for each in value]
        case MapOf(item):
            return {name: _value_into(item, each) for name, each in value.items()}
        case Names():
            return {name: {} for name in value}
    return value


def _out_of(properties: Mapping[str, Property], body: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: (one.type, at(body, *one.path)) for name, one in properties.items()}
    return {name: _value_out_of(kind, value) for name, (kind, value) in found.items() if value is not None}


def _value_out_of(kind: Type, value: Any) -> Any:
    match kind:
        case Shape():
            return _out_of(kind.outputs, value)
        case ListOf(item):
            return [_value_out_of(item, each) for each in value]
        case MapOf(item) | Names(item):
            return {name: _value_out_of(item, each) for name, each in value.items()}
    return value


def _settable(shape: Shape, state: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _value_settable(shape.inputs[name].type, value) for name, value in state.items() if name in shape.inputs
    }


def _value_settable(kind: Type, value: Any) -> Any:
    match kind:
        case Shape() if isinstance(value, Mapping):
            return _settable(kind, value)
        case ListOf(item):
            return [_value_settable(item, each) for each in value]
        case MapOf(item):
            return {name: _value_settable(item, each) for name, each in value.items()}
        case Names():
            return sorted(value)
    return value


def _preview(shape: Shape, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _value_preview(one.type, given[name]) if name in given and one.name in shape.inputs else UNKNOWN
        for name, one in shape.outputs.items()
    }


def _value_preview(kind: Type, value: Any) -> Any:
    match kind:
        case Shape() if isinstance(value, Mapping):
            return _preview(kind, value)
        case Names():
            return UNKNOWN
    return value
