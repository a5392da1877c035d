"""Pulumi's policies, made of the rules."""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from .all_rules import RULES
from .kinds import without_api_version
from .plain import plain
from .rule import Resource, Rule, StackRule, chosen


def policies() -> list[Policy]:
    return [_of_stack(rule) if isinstance(rule, StackRule) else _of_resource(rule) for rule in RULES]


def _of_resource(rule: Rule) -> Policy:
    def validate(shown: ResourceValidationArgs, report: ReportViolation) -> None:
        if without_api_version(shown.resource_type) in rule.of:
            for sentence in rule.judge(_resource(shown), chosen(rule.settings, plain(shown.get_config()))):
                report(sentence, None)

    return ResourceValidationPolicy(rule.name, rule.description, validate, **_rest(rule))


def _of_stack(rule: StackRule) -> Policy:
    def validate(shown: StackValidationArgs, report: ReportViolation) -> None:
        resources = [_resource(one) for one in shown.resources]
        for resource, sentence in rule.judge(resources, chosen(rule.settings, plain(shown.get_config()))):
            report(sentence, resource.urn)

    return StackValidationPolicy(rule.name, rule.description, validate, **_rest(rule))


def _rest(rule: Rule | StackRule) -> Mapping[str, Any]:
    schemas = {name: {**setting.schema, "default": setting.default} for name, setting in rule.settings.items()}
    return {
        "enforcement_level": EnforcementLevel(rule.level),
        "config_schema": PolicyConfigSchema(schemas) if schemas else None,
    }


def _resource(shown: ResourceValidationArgs | PolicyResource) -> Resource:
    return Resource(
        without_api_version(shown.resource_type), shown.name, plain(shown.props), shown.urn, shown.opts.protect
    )
