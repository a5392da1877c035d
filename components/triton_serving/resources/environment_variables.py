"""Environment variables in a preview, where values of some may be made by resources that are not there yet."""

from typing import Any

from ..rules.environment import variable_problems
from .values import has_unknown


def known_variable_problems(variables: Any) -> list[str]:
    """Of those that are known."""
    if isinstance(variables, dict):
        return variable_problems({name: value for name, value in variables.items() if not has_unknown(value)})
    return [] if has_unknown(variables) else variable_problems(variables)
