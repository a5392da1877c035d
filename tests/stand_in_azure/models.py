"""What Azure's own Python packages say of a resource: its properties, their types and limits.

Read from the models that Microsoft generates out of the API's definition, so that a property which Azure does not know
is not known here either. Pulumi's provider takes the same properties without the wrapping `properties`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from inspect import signature
from types import ModuleType
from typing import Any

PLAIN = {"str", "bool", "int", "float", "iso-8601", "date", "duration", "bytearray", "object"}
RENAMED = {("IPRule", "value"): "iPAddressOrRange"}
"""Where Pulumi's name is neither that of the request nor follows from it."""


@dataclass(frozen=True)
class Plain:
    name: str
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListOf:
    item: "Type"


@dataclass(frozen=True)
class MapOf:
    item: "Type"


@dataclass(frozen=True)
class Names:
    """A map from names to what only Azure says: Pulumi takes it as a list of the names."""

    item: "Shape"


@dataclass(frozen=True)
class Property:
    name: str
    path: tuple[str, ...]
    type: "Type"
    required: bool
    readonly: bool
    limits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Shape:
    """An object with properties of its own, by the names that Pulumi's provider has for them."""

    module: ModuleType
    model: str

    @property
    def only_azure_says(self) -> bool:
        """Whether a caller can set nothing in it."""
        described = getattr(self.module, self.model)
        return all(described._validation.get(name, {}).get("readonly") for name in described._attribute_map)

    @cached_property
    def properties(self) -> tuple[Property, ...]:
        described = getattr(self.module, self.model)
        annotations = signature(described.__init__).parameters
        found = []
        for attribute, told in described._attribute_map.items():
            limits = dict(described._validation.get(attribute, {}))
            required, readonly = limits.pop("required", False), limits.pop("readonly", False)
            path = tuple(re.split(r"(?<!\\)\.", told["key"]))
            annotation = str(annotations[attribute].annotation) if attribute in annotations else ""
            held = _type(self.module, told["type"], annotation)
            readonly = readonly or (isinstance(held, Shape) and held.only_azure_says)
            name = RENAMED.get((self.model, path[-1])) or re.sub(r"-(\w)", lambda dash: dash[1].upper(), path[-1])
            found.append(Property(name, path, held, required, readonly, limits))
        return tuple(found)

    @cached_property
    def inputs(self) -> dict[str, Property]:
        return {one.name: one for one in self.properties if not one.readonly}

    @cached_property
    def outputs(self) -> dict[str, Property]:
        """A resource's own `type` hides the one among its properties."""
        inner_first = sorted(self.properties, key=lambda one: -len(one.path))
        return {one.name: one for one in inner_first}


Type = Plain | ListOf | MapOf | Names | Shape


def _type(module: ModuleType, told: str, annotation: str) -> Type:
    if told.startswith("["):
        return ListOf(_type(module, told[1:-1], annotation))
    if told.startswith("{"):
        item = _type(module, told[1:-1], annotation)
        return Names(item) if isinstance(item, Shape) and item.only_azure_says else MapOf(item)
    if told not in PLAIN:
        return Shape(module, told)
    return Plain(told, _known(module, annotation))


def _known(module: ModuleType, annotation: str) -> tuple[str, ...]:
    for name in re.findall(r"_models\.(\w+)", annotation):
        named = getattr(module, name, None)
        if isinstance(named, type) and issubclass(named, Enum):
            return tuple(member.value for member in named)
    return ()
