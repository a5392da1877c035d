"""Two services of one program with one name in one namespace: each would take the other's objects for its own."""

from .values import Properties, has_unknown

_PLACE = ("kubeconfig", "context")


class ServiceNames:
    """Of what one run of the program declares."""

    def __init__(self) -> None:
        self._declared: dict[tuple[object, ...], str] = {}

    def problem(self, urn: str, given: Properties) -> str | None:
        """Where the cluster is not known yet, the update tells it, before it makes any object."""
        place = [given.get(key) for key in (*_PLACE, "name")]
        place.append(given.get("namespace", given.get("name")))
        if has_unknown(place) or not all(part is None or isinstance(part, str) for part in place):
            return None
        first = self._declared.setdefault(tuple(place), urn)
        if first == urn:
            return None
        return (
            f"'name' must be another one than that of {first.rpartition('::')[2]} in the same namespace "
            f"(got {given.get('name')!r}); rename one of them, or give it a 'namespace' of its own"
        )
