"""docs/policies.md has every rule, with its level and its settings."""

import json
import re

import pytest
from parts.engine import ROOT
from triton_policies.all_rules import RULES

PAGE = (ROOT / "docs" / "policies.md").read_text()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_stands_there_with_its_level_and_settings(rule):
    (row,) = re.findall(rf"^\| `{rule.name}` \| (\w+) \| .* \|(.*)\|$", PAGE, re.MULTILINE)
    level, settings = row
    assert level == rule.level
    assert re.findall(r"`(\w+)`:", settings) == list(rule.settings)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_refusal_stands_there(rule):
    assert f"`{rule.name}`" in PAGE.partition("## Each refusal")[2]


def test_the_settings_of_the_example_exist():
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    rules = {rule.name: rule for rule in RULES}
    for name, given in json.loads(example).items():
        if isinstance(given, dict):
            assert given.keys() - {"enforcementLevel"} <= rules[name].settings.keys()
        else:
            assert name == "all" or name in rules
