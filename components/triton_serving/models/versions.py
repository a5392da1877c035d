"""Which version numbers and holds the tags of a name speak of. Pure.

7            version 7
7.0a1b2c3d   the stack 0a1b2c3d uses version 7, or is about to publish it
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_TAG = re.compile(r"([1-9][0-9]{0,14})(?:\.([0-9a-f]{8}))?")


@dataclass(frozen=True)
class Versions:
    numbers: frozenset[int]
    """Versions anybody can use."""
    holds: frozenset[tuple[int, str]]
    """Number and owner; the number may be one that is just being published."""

    def next(self, floor: int) -> int:
        """The number for new content: never one that is or was in use, as far as `floor` and the tags tell."""
        return max([floor, *self.numbers, *(number for number, _ in self.holds)]) + 1

    def newest_first(self) -> list[int]:
        return sorted(self.numbers, reverse=True)

    def free(self, number: int) -> bool:
        return number not in self.numbers and not self.held(number)

    def held(self, number: int) -> bool:
        return any(held == number for held, _ in self.holds)

    def unfinished(self, owner: str) -> list[int]:
        """Numbers this owner once claimed without getting as far as a version."""
        return sorted(number for number, holder in self.holds if holder == owner and number not in self.numbers)

    def rivals(self, number: int, owner: str) -> list[str]:
        """The tags of others that speak for the same number."""
        holds = [hold_tag(number, holder) for held, holder in sorted(self.holds) if held == number and holder != owner]
        return [*holds, version_tag(number)] if number in self.numbers else holds


def read_tags(tags: Iterable[str]) -> Versions:
    """Tags that users set by hand are left alone."""
    numbers, holds = set[int](), set[tuple[int, str]]()
    for tag in tags:
        if match := _TAG.fullmatch(tag):
            number, owner = int(match[1]), match[2]
            if owner is None:
                numbers.add(number)
            else:
                holds.add((number, owner))
    return Versions(frozenset(numbers), frozenset(holds))


def version_tag(number: int) -> str:
    return str(number)


def hold_tag(number: int, owner: str) -> str:
    return f"{number}.{owner}"
