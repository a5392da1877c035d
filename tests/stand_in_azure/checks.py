"""Whether what is given for a resource is what Azure's models of it allow. Unknown values pass: they come later."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from triton_serving.resources.values import UNKNOWN

from .kinds import Kind
from .models import ListOf, MapOf, Names, Plain, Property, Shape, Type

WORDS: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "bool": bool,
    "int": int,
    "float": (int, float),
    "iso-8601": str,
    "date": str,
    "duration": str,
    "bytearray": str,
}


def problems(kind: Kind, given: Mapping[str, Any]) -> list[str]:
    """Each one a sentence that begins with the property."""
    own = {name: value for name, value in given.items() if not name.startswith("__")}
    body = {name: value for name, value in own.items() if name not in kind.names}
    return [*_names(kind, own), *_object("", kind.inputs, body)]


def _names(kind: Kind, given: Mapping[str, Any]) -> Iterator[str]:
    for name, limits in kind.names.items():
        if name not in given:
            yield f"missing required property '{name}'"
        elif given[name] is not UNKNOWN:
            yield from _plain(name, Plain("str"), limits, given[name])


def _object(where: str, shape: Shape, given: Any) -> Iterator[str]:
    if not isinstance(given, Mapping):
        yield f"'{where}' should be an object but is {_told(given)}"
        return
    prefix = f"{where}." if where else ""
    for name in given:
        if name in shape.inputs:
            continue
        of_azure = any(one.name == name for one in shape.properties)
        yield f"'{prefix}{name}' is read-only" if of_azure else f"'{prefix}{name}' is no property of {shape.model}"
    for name, one in shape.inputs.items():
        if name in given:
            yield from _value(f"{prefix}{name}", one, one.type, given[name])
        elif one.required:
            yield f"missing required property '{prefix}{name}'"


def _value(where: str, one: Property, kind: Type, value: Any) -> Iterator[str]:
    if value is UNKNOWN:
        return
    match kind:
        case Shape():
            yield from _object(where, kind, value)
        case ListOf(item):
            if not isinstance(value, list):
                yield f"'{where}' should be a list but is {_told(value)}"
                return
            for index, each in enumerate(value):
                yield from _value(f"{where}[{index}]", one, item, each)
        case MapOf(item):
            if not isinstance(value, Mapping):
                yield f"'{where}' should be a map but is {_told(value)}"
                return
            for name, each in value.items():
                yield from _value(f"{where}[{name!r}]", one, item, each)
        case Names():
            if not isinstance(value, list) or not all(each is UNKNOWN or isinstance(each, str) for each in value):
                yield f"'{where}' should be a list of ids but is {_told(value)}"
        case Plain():
            yield from _plain(where, kind, one.limits, value)


def _plain(where: str, kind: Plain, limits: Mapping[str, Any], value: Any) -> Iterator[str]:
    wanted = WORDS.get(kind.name, object)
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind.name != "bool" and wanted is not object):
        yield f"'{where}' should be of type '{kind.name}' but is {_told(value)}"
        return
    if kind.known and value not in kind.known:
        yield f"'{where}' is {value!r}, and must be one of {', '.join(kind.known)}"
    if kind.name == "date" and not _is_date(str(value)):
        yield f"'{where}' is {value!r}, and must be a date"
    if isinstance(value, str):
        yield from _text(where, limits, value)
    elif "minimum" in limits and value < limits["minimum"]:
        yield f"'{where}' is too low ({value} < {limits['minimum']})"
    elif "maximum" in limits and value > limits["maximum"]:
        yield f"'{where}' is too high ({value} > {limits['maximum']})"


def _text(where: str, limits: Mapping[str, Any], value: str) -> Iterator[str]:
    if len(value) < limits.get("min_length", 0):
        yield f"'{where}' is too short ({len(value)}): at least {limits['min_length']} characters required"
    if len(value) > limits.get("max_length", len(value)):
        yield f"'{where}' is too long ({len(value)}): at most {limits['max_length']} characters allowed"
    if "pattern" in limits and not re.search(limits["pattern"], value):
        yield f"'{where}' does not match expression '{limits['pattern']}'"


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _told(value: Any) -> str:
    return {str: "a string", bool: "a boolean", list: "a list", dict: "an object", type(None): "null"}.get(
        type(value), "a number"
    )
