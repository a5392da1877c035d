"""The parent of the supervisor and of all programs: small, so that nothing but a kill ends it.

It starts the supervisor, and starts it again when it dies. The programs go on meanwhile: they are the keeper's own
children, whom the next supervisor takes over, and end with the keeper. When a supervisor ends in order, nothing stays.
"""

import ctypes
import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from .identity import Identity, kill_marked, mark_of

IDENTITY = Path("supervisor.json")
RESUME = "--resume"
"""What served before goes on, or is started again where it has ended."""
SUCCESSOR = Path("keeper.json")
"""Command and environment of the keeper of another version that this one becomes."""
HANDED_OVER = 3
"""How a supervisor ends that leaves its programs to that of the keeper's successor."""
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LONGEST_PAUSE = 30.0
_LIVED_WELL = 60.0
"""After so many seconds of life, the next death is not the fault of the last start."""
_ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
_HEARD = {signal.SIGCHLD, *_ENDING}
_BLOCKED = {*_HEARD, signal.SIGALRM}
"""Taken one after the other: a handler would be interrupted by the next signal, with whatever it holds."""
_prctl = ctypes.CDLL(None).prctl


def main() -> int:
    os.umask(0o077)
    signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    temporary = IDENTITY.with_suffix(".new")
    temporary.write_text(Identity.of(os.getpid()).to_json())
    temporary.replace(IDENTITY)
    pause, resumes = 0.1, RESUME in sys.argv
    while True:
        began = time.monotonic()
        supervisor, ends = _start_supervisor(resumes)
        died, asked = _wait_for(supervisor, ends)
        if died == HANDED_OVER and not asked:
            _become_successor()
        if time.monotonic() - began > _LIVED_WELL:
            pause = 0.1
        if died == 0 or asked or _is_asked_within(pause):
            _end_descendants()
            IDENTITY.unlink(missing_ok=True)
            return 0
        _say(f"the supervisor died ({died}) and is started again")
        pause, resumes = min(2 * pause, _LONGEST_PAUSE), True


def die_with_parent(parent: int, number: signal.Signals) -> None:
    """For a process that has just been forked: it gets this signal when its parent dies."""
    _prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it died before that was said
        os._exit(1)


def _start_supervisor(resumes: bool) -> tuple[int, int]:
    """With where it shall be told of ends."""
    keeper = os.getpid()
    told, telling = os.pipe()
    os.set_blocking(telling, False)  # the keeper waits for nobody
    child = os.fork()
    if child:
        os.close(told)
        return child, telling
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _BLOCKED)
        os.close(telling)
        die_with_parent(keeper, signal.SIGTERM)
        from .control import run  # the keeper itself stays small

        os._exit(run(resumes, keeper, told))
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def _wait_for(supervisor: int, ends: int) -> tuple[int, bool]:
    """The supervisor's exit code, and whether somebody asked the keeper to end: then the supervisor does so in good
    order. It is told of every program, and of every orphan, that ends meanwhile."""
    asked = False
    while True:
        while (dead := os.waitpid(-1, os.WNOHANG))[0]:
            pid, code = dead[0], os.waitstatus_to_exitcode(dead[1])
            if pid == supervisor:
                os.close(ends)
                return code, asked
            with suppress(OSError):  # it does not listen any more
                os.write(ends, b"%d %d\n" % (pid, code))
        if signal.sigwait(_HEARD) in _ENDING:
            asked = True
            os.kill(supervisor, signal.SIGTERM)  # not waited for yet, so it cannot be another process


def _is_asked_within(seconds: float) -> bool:
    """`signal.sigtimedwait` would tell of a signal that never came when this process was stopped meanwhile."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    return signal.sigwait({*_ENDING, signal.SIGALRM}) in _ENDING


def _become_successor() -> None:
    """The same process with other code: the parent of the programs stays. Returns when that cannot be run."""
    try:
        successor = json.loads(SUCCESSOR.read_text())
        SUCCESSOR.unlink()
        os.execve(successor["command"][0], successor["command"], successor["environment"])  # noqa: S606 -- ours
    except (OSError, ValueError) as error:
        _say(f"the keeper of another version cannot be started: {error}")


def _end_descendants() -> None:
    for pid in kill_marked(mark_of(Path())):
        _say(f"process {pid} cannot be ended")
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} keeper: {text}\n")
    sys.stderr.flush()
