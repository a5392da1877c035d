"""The supervisor's parent: small, so that nothing but a kill ends it, and the last to see what a dead supervisor left.

It starts the supervisor, and starts it again when it dies. Whatever the dead one had started comes to the keeper, as to
the reaper of all its descendants, and is ended first: no orphan may hold a port or the GPU.
"""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .identity import MARK, Identity, kill_marked

IDENTITY = Path("supervisor.json")
RESUME = "--resume"
"""What served before is to be started again."""
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LONGEST_PAUSE = 30.0
_LIVED_WELL = 60.0
"""After so many seconds of life, the next death is not the fault of the last start."""
_prctl = ctypes.CDLL(None).prctl


def main() -> int:
    os.umask(0o077)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    temporary = IDENTITY.with_suffix(".new")
    temporary.write_text(Identity.of(os.getpid()).to_json())
    temporary.replace(IDENTITY)
    ending = _Ending()
    pause, resumes = 0.1, RESUME in sys.argv
    while True:
        began = time.monotonic()
        with ending.held_back():
            ending.supervisor = _start_supervisor(resumes)
        died = _wait_for(ending)
        _end_descendants()
        if time.monotonic() - began > _LIVED_WELL:
            pause = 0.1
        if died == 0 or ending.asked.wait(pause):
            IDENTITY.unlink(missing_ok=True)
            return 0
        _say(f"the supervisor died ({died}) and is started again")
        pause, resumes = min(2 * pause, _LONGEST_PAUSE), True


def die_with_parent(parent: int, number: signal.Signals) -> None:
    """For a process that has just been forked: it gets this signal when its parent dies."""
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it died before that was said
        os._exit(1)


class _Ending:
    """A signal to the keeper is passed on: the supervisor ends the service in good order."""

    SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.supervisor: int | None = None
        for number in self.SIGNALS:
            signal.signal(number, self._pass_on)

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Signals wait until it is known to whom they go."""
        signal.pthread_sigmask(signal.SIG_BLOCK, self.SIGNALS)
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self.SIGNALS)

    def _pass_on(self, *_: object) -> None:
        self.asked.set()
        if self.supervisor is not None:
            os.kill(self.supervisor, signal.SIGTERM)  # not waited for yet, so it cannot be another process


def _start_supervisor(resumes: bool) -> int:
    keeper = os.getpid()
    child = os.fork()
    if child:
        return child
    try:
        for number in _Ending.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _Ending.SIGNALS)
        die_with_parent(keeper, signal.SIGTERM)
        from .control import run  # the keeper itself stays small

        os._exit(run(resumes))
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def _wait_for(ending: _Ending) -> int:
    """The supervisor's exit code. Orphans that come to the keeper meanwhile are taken note of as they end."""
    while True:
        dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        if dead is not None and dead.si_pid == ending.supervisor:
            ending.supervisor = None  # before its number is free for another process
            return os.waitstatus_to_exitcode(os.waitpid(dead.si_pid, 0)[1])
        os.waitpid(dead.si_pid if dead else -1, 0)


def _end_descendants() -> None:
    mark = os.environ[MARK]
    for pid in kill_marked(mark):
        _say(f"process {pid} cannot be ended")
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} keeper: {text}\n")
    sys.stderr.flush()
