"""How mistakes are told: a `Problem` names the place, the rule, the value and the way out."""

from collections.abc import Iterable
from dataclasses import dataclass


class UserError(Exception):
    """Something to tell the user as it stands, without a traceback."""


@dataclass(frozen=True, order=True)
class Problem:
    path: str
    """Where: a path as the user knows it, relative to the parent of the registered folder, or a setting's name."""
    line: int | None
    """Line in that file, counted from 1; None where the whole file or folder is meant."""
    message: str
    """What must hold, and what was found: 'dims' must be -1 or at least 1 (got 0)."""
    remedy: str
    """The way out, as an instruction: write -1 for a dimension of any size."""
    rule: str
    """Stable name of the rule, for documentation and searches: config-dims."""

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}; {self.remedy} [{self.rule}]"


def refuse(problems: Iterable[Problem]) -> None:
    """Raises one `UserError` that tells all problems, a line each; does nothing when there are none."""
    lines = [str(problem) for problem in sorted(problems, key=in_order)]
    if lines:
        raise UserError("\n".join(lines))


def in_order(problem: Problem) -> tuple[str, int, str]:
    """The order in which problems are told: by place."""
    return problem.path, problem.line or 0, problem.message
