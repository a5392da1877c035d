"""Where this project's checker differs from the server on purpose, and why; by rule, then by case."""

STRICTER: dict[str, tuple[str, list[str]]] = {}
"""Rule: (why a directory that the server serves is refused, the cases)."""

MILDER: dict[str, list[str]] = {}
"""Why a directory that the server refuses here is accepted: the cases."""
