"""Azure's models and Pulumi's package agree about every property, so that the one can judge what the other sends."""

import importlib
import inspect
import typing
from importlib.metadata import version
from typing import Any

import pytest
from pulumi._types import input_type_types, is_input_type

from stand_in_azure.kinds import KINDS, Kind
from stand_in_azure.models import ListOf, MapOf, Shape, Type
from stand_in_azure.server import VERSION


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_kind_takes_exactly_what_pulumis_package_gives(kind: Kind) -> None:
    _, module, name = kind.token.split(":")
    package = importlib.import_module(f"pulumi_azure_native.{module}")
    differing: dict[str, Any] = {}
    _compare(kind.name, getattr(package, f"{name}Args"), kind.inputs, set(kind.names), differing, set())
    assert differing == {}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_kind_has_the_api_version_of_pulumis_package(kind: Kind) -> None:
    _, module, name = kind.token.split(":")
    package = importlib.import_module(f"pulumi_azure_native.{module}")
    assert f"Uses Azure REST API version {kind.api_version}." in inspect.getsource(getattr(package, name))


def test_the_plugin_has_the_version_that_pulumis_package_asks_for() -> None:
    assert version("pulumi-azure-native") == VERSION


def _compare(where: str, given: type, shape: Shape, more: set[str], differing: dict[str, Any], seen: set[type]) -> None:
    if given in seen:
        return
    seen.add(given)
    types = input_type_types(given)
    if difference := set(types) ^ (set(shape.inputs) | more):
        differing[where] = difference
    for name, declared in types.items():
        inner = _object(shape.inputs[name].type) if name in shape.inputs else None
        nested = _class(declared)
        if inner is not None and nested is not None:
            _compare(f"{where}.{name}", nested, inner, set(), differing, seen)


def _object(kind: Type) -> Shape | None:
    if isinstance(kind, ListOf | MapOf):
        return _object(kind.item)
    return kind if isinstance(kind, Shape) else None


def _class(declared: Any) -> type | None:
    if isinstance(declared, type) and is_input_type(declared):
        return declared
    return next((found for each in typing.get_args(declared) if (found := _class(each))), None)
