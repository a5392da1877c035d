"""Pulumi's policies, made of the rules."""

from dataclasses import replace

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from .all_rules import RULES
from .kinds import STACK, without_api_version
from .plain import plain
from .rule import Resource, Rule, chosen, misspelt


def policies() -> list[ResourceValidationPolicy]:
    """None of them is a policy of a stack: Pulumi asks those only when an update has made everything already, and does
    not show them what components were given."""
    return [_policy(rule) for rule in RULES]


def _policy(rule: Rule) -> ResourceValidationPolicy:
    known: dict[str, Resource] = {}

    def validate(shown: ResourceValidationArgs, report: ReportViolation) -> None:
        kind = without_api_version(shown.resource_type)
        given = plain(shown.get_config())
        if kind == STACK:  # the first of all resources, and there is one in every program
            for sentence in misspelt(rule.settings, given):
                report(sentence, None)
        if kind not in rule.of:
            return
        parent = known.get(shown.opts.parent or "")
        resource = Resource(kind, shown.name, plain(shown.props), shown.urn, shown.opts.protect, parent)
        known[shown.urn] = resource  # first, so that of two that are shown at once one sees the other
        beside = [one for one in list(known.values()) if one is not resource]
        for sentence in rule.judge(replace(resource, beside=beside), chosen(rule.settings, given)):
            report(sentence, None)

    schemas = {name: {**setting.schema, "default": setting.default} for name, setting in rule.settings.items()}
    return ResourceValidationPolicy(
        rule.name,
        rule.description,
        validate,
        enforcement_level=EnforcementLevel(rule.level),
        config_schema=PolicyConfigSchema(schemas) if schemas else None,
    )
