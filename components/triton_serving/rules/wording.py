"""Pieces of sentences that every message about a user's value needs."""

import difflib
from collections.abc import Iterable
from itertools import takewhile

LONGEST_SHOWN = 120


def printable(text: str) -> str:
    """A path as one printable line: a name may hold line breaks, escape codes or bytes that are no UTF-8."""
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def shown(text: str) -> str:
    """A found value as one printable line of bounded length."""
    visible = printable(text)
    return visible if len(visible) <= LONGEST_SHOWN else f"{visible[:LONGEST_SHOWN]}…"


def dotted(version: tuple[int, int]) -> str:
    """1.36, for (1, 36)."""
    return f"{version[0]}.{version[1]}"


def all_of(problems: Iterable[str | None]) -> str | None:
    """One sentence of what is wrong with the parts of one value, each told once; None where nothing is."""
    return "; and ".join(dict.fromkeys(problem for problem in problems if problem)) or None


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # how Python carries a byte that is no UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one most likely means, or None."""
    candidates = {candidate.casefold(): candidate for candidate in sorted(known)}
    close = difflib.get_close_matches(word[:LONGEST_SHOWN].casefold(), candidates, n=1, cutoff=0.7)
    return candidates[close[0]] if close else None


def nearest_value(word: str, values: Iterable[str]) -> str | None:
    """The same for values that begin alike, as KIND_GPU and KIND_CPU do: what differs decides, for one of them only."""
    values = sorted(values)
    alike = takewhile(lambda words: len(set(words)) == 1, zip(*(value.split("_") for value in values), strict=False))
    shared = "".join(f"{words[0]}_" for words in alike).casefold()
    rests = {value.casefold().removeprefix(shared): value for value in values}
    rest = word[:LONGEST_SHOWN].casefold().removeprefix(shared)
    near = [rest] if rest in rests else difflib.get_close_matches(rest, rests, n=2, cutoff=0.7)
    return rests[near[0]] if len(near) == 1 else None
