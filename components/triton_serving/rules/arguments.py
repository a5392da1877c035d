"""The names of arguments: how Python and the engine spell them, and mistakes found by name alone."""

import re
from collections.abc import Iterable

from .wording import nearest


def unknown_arguments(given: Iterable[str], known: Iterable[str], called: str = "an argument") -> list[str]:
    """A sentence for each argument that does not exist; Pulumi itself would drop it in silence."""
    known = sorted(known)
    sentences = []
    for name in sorted(set(given) - set(known)):
        near = nearest(name, known)
        way_out = f"did you mean '{near}'?" if near else f"it takes {', '.join(known)}"
        sentences.append(f"'{name}' is not {called}; {way_out}")
    return sentences


def engine_name(argument: str) -> str:
    """num_replicas is numReplicas to the engine, in schemas and in every other language."""
    first, *rest = argument.split("_")
    return first + "".join(word.capitalize() for word in rest)


def python_name(argument: str) -> str:
    """The other way round: numReplicas is num_replicas in Python."""
    return re.sub(r"[A-Z]", lambda capital: f"_{capital[0].lower()}", argument)
