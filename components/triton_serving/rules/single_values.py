"""Pieces that rules for single values are made of, besides those in `kubernetes`: words, dollars, what was found."""

from collections.abc import Mapping
from typing import Any

from .kubernetes import Rule
from .wording import all_of, shown


def got(value: object) -> str:
    """A found value as one bounded line."""
    return shown(repr(value))


def with_way_out(rule: Rule, way_out: str) -> Rule:
    """A rule whose sentence also says what to do."""

    def told(value: object) -> str | None:
        problem = rule(value)
        return f"{problem}; {way_out}" if problem else None

    return told


def words(*known: str, others: Mapping[str, str] | None = None) -> Rule:
    """One of some words. `others` are those of Azure's interfaces in lower case, each with what it is called here."""
    ours = {**{word.casefold(): word for word in known}, **(others or {})}

    def rule(value: object) -> str | None:
        if isinstance(value, str) and value in known:
            return None
        meant = ours.get(value.casefold()) if isinstance(value, str) else None
        return f"must be {' or '.join(known)} (got {got(value)}); {f'say {meant}' if meant else 'choose one of them'}"

    return rule


def dollars_problem(price: object) -> str | None:
    if isinstance(price, int | float) and not isinstance(price, bool) and 0 < price <= 10_000:
        return None
    return f"must be dollars an hour, more than 0 and at most 10000 (got {got(price)}); leave it out for the list price"


def each_once(rule: Rule, example: str) -> Rule:
    """Lists whose items are good by a rule, and all different; every other item is told."""

    def of_list(values: object) -> str | None:
        if not isinstance(values, list | tuple):
            return f"must be a list (got {got(values)}); write {example}"
        twice = [value for position, value in enumerate(values) if value in values[:position]]
        return all_of(
            [*map(rule, values), *(f"must name each once (got {got(value)} twice); remove one" for value in twice)]
        )

    return of_list


def whole_numbers(value: Any) -> Any:
    """Hosts of components send every number as a float; 3.0 was 3 to whoever wrote it."""
    if isinstance(value, Mapping):
        return {key: whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
