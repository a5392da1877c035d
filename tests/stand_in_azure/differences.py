"""What changed of a resource, and whether Pulumi's provider replaces it for that."""

from collections.abc import Iterator, Mapping
from typing import Any

from triton_serving.resources.resource import Change

from .kinds import Kind

Found = tuple[str, str, Change]
"""The path of a property, the same without places in lists, and what happened to it."""


def changes(
    kind: Kind, olds: Mapping[str, Any], news: Mapping[str, Any], state: Mapping[str, Any]
) -> dict[str, Change]:
    """By the inputs alone, as pulumi-azure-native does; what is now said aloud and was so before replaces nothing."""
    kept = (_shown(olds), _shown(news))
    replacing = kind.force_new | set(kind.names)
    found = {}
    for path, rule, change in _object("", "", *kept):
        top = rule.split(".")[0].split("[")[0]
        replaces = rule in replacing or top in replacing
        same_place = path == "location" and _place(olds.get(path)) == _place(news.get(path))
        said_aloud = change is Change.ADD and state.get(path) == news.get(path)
        if not same_place:
            found[path] = Change.REPLACE if replaces and not said_aloud else change
    return found


def applied(values: Any, old: Any, new: Any) -> Any:
    """`values` with what became of `old` in `new`: pulumi-azure-native takes changes in Azure into a resource's inputs
    in this way, so that what Azure filled in by itself is not mistaken for a change."""
    if isinstance(values, Mapping) and isinstance(old, Mapping) and isinstance(new, Mapping):
        result = {name: value for name, value in values.items() if name in new or name not in old}
        for name in new:
            if name not in old:
                result[name] = new[name]
            elif old[name] != new[name]:
                result[name] = applied(values[name], old[name], new[name]) if name in values else new[name]
        return result
    if isinstance(values, list) and isinstance(old, list) and isinstance(new, list):
        return (
            [
                applied(values[index], old[index], each) if index < min(len(values), len(old)) else each
                for index, each in enumerate(new)
            ]
            if old != new
            else values
        )
    return new


def _shown(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if not name.startswith("__")}


def _object(path: str, rule: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Found]:
    for name in sorted({*old, *new}):
        here, rule_here = f"{path}{name}", f"{rule}{name}"
        if name not in old:
            yield here, rule_here, Change.ADD
        elif name not in new:
            yield here, rule_here, Change.DELETE
        else:
            yield from _value(here, rule_here, old[name], new[name])


def _value(path: str, rule: str, old: Any, new: Any) -> Iterator[Found]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _object(f"{path}.", f"{rule}.", old, new)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            here = f"{path}[{index}]"
            if index >= len(old):
                yield here, f"{rule}[]", Change.ADD
            elif index >= len(new):
                yield here, f"{rule}[]", Change.DELETE
            else:
                yield from _value(here, f"{rule}[]", old[index], new[index])
    elif old != new:
        yield path, rule, Change.UPDATE


def _place(location: Any) -> Any:
    return location.lower().replace(" ", "") if isinstance(location, str) else location
