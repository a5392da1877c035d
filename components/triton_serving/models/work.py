"""What long work is given: a voice for its progress and the user's wish to stop."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from ..rules.problems import UserError


class Stopped(UserError):
    """The user asked to stop (Ctrl-C). What was done so far is kept where it helps the next run."""


@dataclass(frozen=True)
class Work:
    say: Callable[[str], None] = lambda _: None
    """Shows one short line of progress; called often, from any thread, so it must be cheap."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when the user asks to stop."""

    def checkpoint(self) -> None:
        """Called between steps of at most a second's work: raises `Stopped` once the user asked to stop."""
        if self.stop.is_set():
            raise Stopped("stopped at your request; run the same command again to finish")
