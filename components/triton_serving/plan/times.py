"""Times that follow from a plan."""

LOADING_SECONDS = 120.0
"""For programs and small models: ten services that start at once on two busy cores took half of it."""
BYTES_PER_SECOND = 50_000_000
"""A slow disk; and a model is read, checked and moved before it is ready."""


def startup_seconds(model_bytes: int) -> float:
    """After how long a service that is not ready is taken to hang. Triton itself waits for ever for some models."""
    return LOADING_SECONDS + model_bytes / BYTES_PER_SECOND
