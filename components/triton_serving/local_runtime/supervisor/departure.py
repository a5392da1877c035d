"""How old programs go: without a new request, after the last one they have, and never later than that one may take."""

import asyncio
import time
from collections.abc import Collection

from .gateway import NOTHING, Gateway
from .unit import Say

_ASK_EVERY = 0.1
_QUIET_LOOKS = 3
"""Envoy's worker learns of new routes a moment after its main thread does."""


async def drain(gateway: Gateway, clusters: Collection[str], seconds: float, say: Say) -> None:
    """Returns when nothing is under way from these clusters or to them, or after so many seconds. A request whose body
    still arrives goes where it was to go when its headers came."""
    deadline = time.monotonic() + seconds
    quiet = told = 0
    while quiet < _QUIET_LOOKS and time.monotonic() < deadline:
        left = await gateway.requests_under_way(clusters)
        if left is not None and left.old not in (0, told):
            say(f"waiting for {left.old} request{'s' if left.old > 1 else ''} that the old version still answers")
            told = left.old
        quiet = quiet + 1 if left == NOTHING else 0
        await asyncio.sleep(_ASK_EVERY)
