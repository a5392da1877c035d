"""What a rule is, and what it is shown. Nothing here knows Pulumi."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from triton_serving.rules.wording import nearest

Level = Literal["mandatory", "advisory", "disabled"]
Settings = Mapping[str, Any]


class Unknown:
    """The class of UNKNOWN."""

    def __repr__(self) -> str:
        return "a value that is not known yet"


UNKNOWN = Unknown()
"""Stands for what a preview does not know yet. No rule judges it: `up` shows the resource again, before it is made."""


@dataclass(frozen=True)
class Resource:
    type: str
    """As the engine names it, less the version of Azure's API: azure-native:containerservice:ManagedCluster."""
    name: str
    inputs: Mapping[str, Any]
    urn: str = ""
    protected: bool = False
    parent: "Resource | None" = None
    """The component that it belongs to, if the rule looks at that too."""
    beside: "Collection[Resource]" = ()
    """Whatever else of the stack the rule looks at, as far as it has been shown: parents come before their children."""


@dataclass(frozen=True)
class Setting:
    default: Any
    schema: Mapping[str, Any]
    """What may be given, as a JSON schema."""


def texts(default: Sequence[str], description: str) -> Setting:
    return Setting(list(default), {"type": "array", "items": {"type": "string"}, "description": description})


Judge = Callable[[Resource, Settings], Iterator[str]]


@dataclass(frozen=True)
class Rule:
    """Asked for each resource before it is made or changed, in previews and in updates."""

    name: str
    description: str
    of: Collection[str]
    """The types that it judges."""
    judge: Judge
    level: Level = "mandatory"
    settings: Mapping[str, Setting] = field(default_factory=dict)


def chosen(settings: Mapping[str, Setting], given: Mapping[str, Any]) -> Settings:
    """What is given, and the defaults of what is not."""
    return {name: given.get(name, setting.default) for name, setting in settings.items()}


def misspelt(settings: Mapping[str, Setting], given: Iterable[str]) -> Iterator[str]:
    """Pulumi takes settings of any name; one that nobody reads would be taken for a protection."""
    for name in sorted(set(given) - settings.keys()):
        near = nearest(name, settings)
        known = f"known are {', '.join(settings)}" if settings else "this rule has none"
        yield f"'{name}' is no setting of this rule; {f'did you mean {near}?' if near else known}"


def at(inputs: Mapping[str, Any], path: str) -> Any:
    """What lies at a path of names, such as aadProfile.managed; None where there is nothing."""
    value: Any = inputs
    for name in path.split("."):
        if value is UNKNOWN:
            return UNKNOWN
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def entries(inputs: Mapping[str, Any], path: str) -> list[Any]:
    """What a list at a path holds, as far as it is known."""
    found = at(inputs, path)
    return list(found) if isinstance(found, Sequence) and not isinstance(found, str) else []


def is_or_will_be(value: object, *wanted: object) -> bool:
    """Also of what is not known yet: it is judged when it is."""
    return value is UNKNOWN or value in wanted
