"""Azure's answers, asked once for all that a preview or an update wants to know of one region."""

import threading
import time

from ..models.work import Work
from ..rules.problems import UserError
from .answers import Answers, Question, ask

SECONDS = 30.0
"""For so long an answer holds, and so long nobody asks again who could not: usages change once nodes are made."""


class RecentAnswers:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[Question, tuple[float, Answers | UserError]] = {}

    def of(self, question: Question, work: Work) -> Answers:
        """As `ask`, and raises UserError as it does. Who asks meanwhile waits for the same answer."""
        with self._lock:
            until, found = self._found.get(question, (0.0, None))
            if found is None or time.monotonic() > until:
                found = _answer(question, work)
                self._found[question] = time.monotonic() + SECONDS, found
        if isinstance(found, UserError):
            raise found
        return found


def _answer(question: Question, work: Work) -> Answers | UserError:
    # Here, because a tenth of a second of imports would make every start of the plugin slower.
    from .manager import Manager

    try:
        return ask(Manager(work), question)
    except UserError as problem:
        return problem
