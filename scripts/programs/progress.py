"""Tells the person who waits what is being done. On standard error: standard output is for the answer."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# A log grows by a line for each of these; a terminal's line is rewritten every second.
LOG_INTERVAL = 30.0


@dataclass
class Step:
    title: str
    detail: str = ""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def elapsed(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Shows a step with its running time until the block ends; the block may set its detail."""
    terminal = sys.stderr.isatty()
    started, over, current = time.monotonic(), threading.Event(), Step(title)

    def line() -> str:
        detail = f" ({current.detail})" if current.detail else ""
        return f"{title}{detail} {elapsed(time.monotonic() - started)}"

    def show() -> None:
        while not over.wait(1.0 if terminal else LOG_INTERVAL):
            if terminal:
                print(f"\r\033[K{line()}", end="", file=sys.stderr, flush=True)
            else:
                say(line())

    if terminal:
        print(title, end="", file=sys.stderr, flush=True)
    else:
        say(title)
    display = threading.Thread(target=show, daemon=True)
    display.start()
    outcome = "failed after"
    try:
        yield current
        outcome = "done in"
    finally:
        over.set()
        display.join()
        clear = "\r\033[K" if terminal else ""
        say(f"{clear}{title}: {outcome} {elapsed(time.monotonic() - started)}")
