"""Pieces of sentences that every message about a user's value needs."""

import difflib
from collections.abc import Iterable

LONGEST_SHOWN = 120


def printable(text: str) -> str:
    """A path as one printable line: a name may hold line breaks, escape codes or bytes that are no UTF-8."""
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def shown(text: str) -> str:
    """A found value as one printable line of bounded length."""
    visible = printable(text)
    return visible if len(visible) <= LONGEST_SHOWN else f"{visible[:LONGEST_SHOWN]}…"


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # how Python carries a byte that is no UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one most likely means, or None."""
    candidates = {candidate.casefold(): candidate for candidate in sorted(known)}
    for folded, candidate in candidates.items():
        if folded.endswith(f"_{word.casefold()}"):  # GPU for KIND_GPU
            return candidate
    close = difflib.get_close_matches(word[:LONGEST_SHOWN].casefold(), candidates, n=1, cutoff=0.7)
    return candidates[close[0]] if close else None
