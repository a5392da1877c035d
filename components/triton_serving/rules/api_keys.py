"""What an API key must be, and how a new one is made."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits
LENGTH = 32  # as the keys that Azure ML gave its web services
SHORTEST, LONGEST = 16, 256


def new_key() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def key_problem(key: object) -> str | None:
    """What is wrong with a caller's key, in words that never contain the key."""
    if not isinstance(key, str):
        return f"must be text (got a {type(key).__name__}); quote it"
    if not all("!" <= character <= "~" for character in key):
        return "must be visible ASCII characters without spaces, because it travels in a header; choose another key"
    if not SHORTEST <= len(key) <= LONGEST:
        return f"must have {SHORTEST} to {LONGEST} characters (got {len(key)}); choose another key"
    return None
