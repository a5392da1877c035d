"""The rules of the policy pack, on resources as the engine shows them."""

from collections.abc import Mapping
from typing import Any

DIGEST = "@sha256:" + "0" * 64


def judged(rule: str, kind: str, inputs: Mapping[str, Any], **settings: Any) -> list[str]:
    """What one rule says of one resource; with its own settings where none are given."""
    from triton_policies.rule import Resource

    return judged_resource(rule, Resource(kind, "it", inputs), **settings)


def judged_resource(rule: str, resource: Any, **settings: Any) -> list[str]:
    """The same of a resource that stands in a stack."""
    from triton_policies.all_rules import RULES
    from triton_policies.rule import chosen

    (found,) = [one for one in RULES if one.name == rule]
    assert resource.type in found.of, f"{rule} does not look at {resource.type}"
    return list(found.judge(resource, chosen(found.settings, settings)))
