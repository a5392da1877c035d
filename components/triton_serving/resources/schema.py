"""The package schema: what Pulumi derives from the components, with the custom resources added; and its words."""

import json
from collections.abc import Sequence
from typing import Any

from .resource import Resource

_ABOUT = {
    "displayName": "Triton Serving",
    "description": "Takes a Triton model directory to a running, reviewable inference endpoint.",
    "license": "Apache-2.0",
    "keywords": ["triton", "inference", "onnx", "category/cloud", "kind/component"],
}


TEXT: dict[str, Any] = {"type": "string"}
TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": TEXT}
LIST: dict[str, Any] = {"type": "array", "items": TEXT}
NUMBER: dict[str, Any] = {"type": "integer"}
AMOUNT: dict[str, Any] = {"type": "number"}
ANYTHING: dict[str, Any] = {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}}
SWITCH: dict[str, Any] = {"type": "boolean"}


def described(kind: dict[str, Any], text: str, *, secret: bool = False, replaces: bool = False) -> dict[str, Any]:
    marks = {"secret": secret, "willReplaceOnChanges": replaces}
    return {**kind, "description": text, **{mark: True for mark, wanted in marks.items() if wanted}}


def package_schema(components: str, name: str, resources: Sequence[Resource]) -> str:
    schema: dict[str, Any] = json.loads(components) | _ABOUT
    schema.setdefault("resources", {})
    for resource in resources:
        schema["resources"][f"{name}:index:{resource.type_name}"] = resource.schema
    return json.dumps(schema, indent=2, sort_keys=True)
