"""Azure's answers, asked once for all that a preview or an update wants to know of one region."""

import threading
import time
from collections.abc import Hashable

from ..models.work import Work
from ..rules.problems import UserError
from .answers import Answers, ask

SECONDS = 30.0
"""For so long an answer holds, and so long nobody asks again who could not: usages change once nodes are made."""


class RecentAnswers:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[Hashable, tuple[float, Answers | UserError]] = {}

    def of(self, subscription: str, location: str, group: str | None, work: Work) -> Answers:
        """As `ask`, and raises UserError as it does. Who asks meanwhile waits for the same answer."""
        key = (subscription, location, group)
        with self._lock:
            until, found = self._found.get(key, (0.0, None))
            if found is None or time.monotonic() > until:
                found = _answer(subscription, location, group, work)
                self._found[key] = time.monotonic() + SECONDS, found
        if isinstance(found, UserError):
            raise found
        return found


def _answer(subscription: str, location: str, group: str | None, work: Work) -> Answers | UserError:
    # Here, because a tenth of a second of imports would make every start of the plugin slower.
    from .manager import Manager

    try:
        return ask(Manager(work), subscription, location, group)
    except UserError as problem:
        return problem
