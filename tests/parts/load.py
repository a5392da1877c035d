"""A steady load on a service from a thread of its own, which keeps count of every answer."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

WAIT = 60.0


class Load:
    """Calls `ask` over and over, `senders` at a time; an exception counts as an answer, too."""

    def __init__(self, ask: Callable[[], object], senders: int = 4, pause: float = 0.02) -> None:
        self._ask, self._pause = ask, pause
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(senders)]
        self._changed = threading.Condition()
        self.answers: Counter[object] = Counter()

    def until(self, met: Callable[[Counter[object]], object]) -> Self:
        """Waits until the answers so far meet a condition."""
        with self._changed:
            assert self._changed.wait_for(lambda: met(self.answers), WAIT), self.answers
        return self

    def more(self, count: int = 20) -> Self:
        """Waits until as many more answers came."""
        before = self.answers.total()
        return self.until(lambda answers: answers.total() >= before + count)

    def _send(self) -> None:
        while not self._end.wait(self._pause):
            try:
                answer = self._ask()
            except Exception as error:  # the load goes on whatever happens, and tells afterwards
                answer = f"{type(error).__name__}: {error}"
            with self._changed:
                self.answers[answer] += 1
                self._changed.notify_all()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(WAIT)


def eventually(met: Callable[[], object], what: str, seconds: float = 200.0) -> None:
    """So long, as a supervisor for whom a look at a model took 5 s, on a busy machine, takes the next after 100."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)
