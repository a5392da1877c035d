"""Every input is one that Pulumi's Azure provider knows: its classes, which are not used at run time, say so."""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from importlib import import_module
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pulumi._types as known
import pytest

from .planned import DEV, PROD, resources

BOTH = pytest.mark.parametrize("given", [DEV, PROD], ids=["dev", "prod"])


@BOTH
def test_every_input_is_known_to_the_provider(given):
    unknown = [
        problem
        for kind, all_inputs in resources(given).items()
        for inputs in all_inputs
        for problem in mistakes(class_of(kind), inputs, kind)
    ]
    assert unknown == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"vmSise": "x"}, "vmSise"),
        ({"gpuProfile": {"drivers": "Install"}}, "drivers"),
        ({"upgradeSettings": {"maxSurge": 1}}, "maxSurge"),
        ({"osSKU": "Ubunto"}, "Ubunto"),
        ({"nodeTaints": "sku=gpu:NoSchedule"}, "nodeTaints"),
    ],
    ids=["name", "nested name", "type", "word", "list"],
)
def test_what_it_does_not_know_would_be_found(wrong, told):
    [problem] = mistakes(class_of("containerservice:AgentPool"), wrong, "pool")
    assert told in problem


def class_of(kind: str) -> type:
    module, name = kind.split(":")
    return getattr(import_module(f"pulumi_azure_native.{module}"), f"{name}Args")


def mistakes(of: type, value: Any, place: str) -> Iterator[str]:
    """`of` is a class of inputs, or the type of a single value."""
    if known.is_input_type(of):
        types = known.input_type_types(of)
        for key, one in value.items():
            if key not in types:
                yield f"{place}.{key} is unknown"
            else:
                yield from mistakes(known.unwrap_type(types[key]), one, f"{place}.{key}")
        return
    origin, arguments = get_origin(of), get_args(of)
    if origin in (Union, UnionType) or (isinstance(of, type) and issubclass(of, Enum)):
        words = [
            word.value for one in arguments or (of,) if isinstance(one, type) and issubclass(one, Enum) for word in one
        ]
        if words and value not in words:
            yield f"{place} must be one of {words} (got {value!r})"
    elif origin is not None and issubclass(origin, Mapping):
        for key, one in value.items():
            yield from mistakes(known.unwrap_type(arguments[1]), one, f"{place}.{key}")
    elif origin is not None and issubclass(origin, Sequence):
        if isinstance(value, str):
            yield f"{place} must be a list"
            return
        for position, one in enumerate(value):
            yield from mistakes(known.unwrap_type(arguments[0]), one, f"{place}[{position}]")
    elif isinstance(of, type) and not isinstance(value, (int, float) if of is float else of):
        yield f"{place} must be {of.__name__} (got {value!r})"
