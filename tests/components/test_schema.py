"""The public surface: what the running plugin says of itself, compared with the files that a review sees."""

import json
import re
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
import triton_serving

ROOT = Path(__file__).resolve().parents[2]
WAY_OUT = (
    "the public surface changed; if that is meant, run `.venv/bin/python scripts/schema` and commit what it writes"
)


@pytest.fixture(scope="module")
def program():
    loader = SourceFileLoader("schema_program", str(ROOT / "scripts" / "schema"))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def schema(program):
    return program.current_schema()


def test_the_schema_is_the_committed_one(schema):
    assert schema == (ROOT / "docs" / "schema.json").read_text(), WAY_OUT


def test_the_reference_is_made_from_the_schema(program, schema):
    assert program.reference(json.loads(schema)) == (ROOT / "docs" / "reference.md").read_text(), WAY_OUT


def test_every_input_and_output_says_what_it_means(schema):
    silent = [
        f"{token}.{name}"
        for token, resource in json.loads(schema)["resources"].items()
        for kind in ("inputProperties", "properties")
        for name, property in resource.get(kind, {}).items()
        if not property.get("description")
    ]
    assert silent == []


def test_what_a_resource_requires_it_has(schema):
    """Else Pulumi refuses the whole schema: `pulumi package add`, from any language."""
    unknown = [
        f"{token}.{name}"
        for token, resource in json.loads(schema)["resources"].items()
        for required, kind in (("requiredInputs", "inputProperties"), ("required", "properties"))
        for name in set(resource.get(required, ())) - set(resource.get(kind, ()))
    ]
    assert unknown == []


def test_every_public_resource_of_the_package_is_served(schema):
    served = {token.split(":")[-1] for token in json.loads(schema)["resources"]}
    assert {name for name in triton_serving.__all__ if not name.endswith("Args")} <= served


def test_the_arguments_in_programs_and_in_the_schema_are_the_same(schema):
    for token, resource in json.loads(schema)["resources"].items():
        arguments = getattr(triton_serving, f"{token.split(':')[-1]}Args", None) if token else None
        if arguments:
            assert {_camel_case(name) for name in arguments.__annotations__} == set(resource["inputProperties"])


def _camel_case(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)
