"""The rules of the policy pack, on resources as the engine shows them."""

from collections.abc import Mapping
from typing import Any

DIGEST = "@sha256:" + "0" * 64


def judged(rule: str, kind: str, inputs: Mapping[str, Any], **settings: Any) -> list[str]:
    """What one rule says of one resource; with its own settings where none are given."""
    from triton_policies.all_rules import RULES
    from triton_policies.rule import Resource, Rule, chosen

    (found,) = [one for one in RULES if one.name == rule]
    assert isinstance(found, Rule)
    assert kind in found.of, f"{rule} does not look at {kind}"
    return list(found.judge(Resource(kind, "it", inputs), chosen(found.settings, settings)))


def judged_together(rule: str, *resources: Any, **settings: Any) -> list[tuple[str, str]]:
    """What one rule says of a stack: the resource's name, and the sentence."""
    from triton_policies.all_rules import RULES
    from triton_policies.rule import StackRule, chosen

    (found,) = [one for one in RULES if one.name == rule]
    assert isinstance(found, StackRule)
    return [
        (resource.name, sentence) for resource, sentence in found.judge(resources, chosen(found.settings, settings))
    ]
