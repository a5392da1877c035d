"""A registry that does not answer to whoever takes away what a stack has in it: it may be gone for good."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..models.registry import Away
from ..rules.problems import UserError


@contextmanager
def forgettable(urn: str) -> Iterator[None]:
    """Tells the way out. Nothing is forgotten by itself: what stays in a registry that is only away for an hour would
    be nobody's."""
    try:
        yield
    except Away as away:
        raise UserError(
            f"{away}; or, if the registry is gone for good, forget what was in it: pulumi state delete '{urn}'"
        ) from None
