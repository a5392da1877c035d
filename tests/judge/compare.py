"""Holds the checker's answer against the server's."""

from triton_serving.models.check import Check

from .exceptions import MILDER, STRICTER
from .verdicts import Verdict

EXPECTED_RULES: dict[str, set[str]] = {}
for rule, (_, names) in STRICTER.items():
    for name in names:
        EXPECTED_RULES.setdefault(name, set()).add(rule)
ACCEPTED = {name for names in MILDER.values() for name in names}


def disagreement(name: str, verdict: Verdict, check: Check) -> str | None:
    """What is wrong with the checker's answer, or None."""
    told = "\n  ".join(map(str, check.problems)) or "no problem"
    rules = {problem.rule for problem in check.problems}
    expected = EXPECTED_RULES.get(name, set())
    if verdict.outcome == "served":
        if rules != expected:
            return f"served, to be refused by {expected or 'no rule'}, but the checker says\n  {told}"
        ours = {model.name: list(model.served) for model in check.models}
        if not rules and ours != verdict.models:
            return f"the server serves {dict(verdict.models)}, the checker expects {ours}"
    elif not rules and name not in ACCEPTED:
        return f"{verdict.outcome} ({verdict.message}), but the checker accepts it"
    elif rules and name in ACCEPTED:
        return f"to be accepted although {verdict.outcome} ({verdict.message}), but the checker says\n  {told}"
    return None
