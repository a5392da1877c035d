"""Waiting for a role that was just given: Azure lets it count after some minutes, and not everywhere at once."""

import threading
import time
from math import ceil

from ..work import Work
from .azure_login import MissingRole

LONGEST = 600.0
"""Seconds after the first refusal. Azure promises that a role counts after ten minutes at most."""
PAUSE = 10.0
"""Seconds between two tries."""


class RolePatience:
    """For one registry, however many uploads meet the refusal together."""

    def __init__(self, work: Work, longest: float = LONGEST, pause: float = PAUSE) -> None:
        self._work = work
        self._longest = longest
        self._pause = pause
        self._lock = threading.Lock()
        self._over: float | None = None

    def wait(self, refused: MissingRole) -> None:
        """Until the next try; raises the refusal when there is none, and `Stopped` when the user says so."""
        now = time.monotonic()
        with self._lock:
            # Not renewed by a try that went well: one of Azure's servers may know of the role, and the next one not.
            over = self._over = self._over or now + self._longest
        if now >= over:
            raise refused
        self._work.say(
            f"{refused.host}: your login may not {refused.doing} there yet; a new role takes Azure some minutes, "
            f"waiting for up to {ceil((over - now) / 60)} more"
        )
        self._work.stop.wait(min(self._pause, over - now))
        self._work.checkpoint()
