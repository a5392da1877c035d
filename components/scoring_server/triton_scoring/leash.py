"""No worker, and nothing that a worker started, outlives the dispatcher: Linux tells the worker of its parent's end.

What a worker started shares its process group, which goes with it. A worker that is deep in C code and never lets go
of Python's lock hears of it only when it comes back.
"""

import atexit
import ctypes
import os
import signal
from types import FrameType

_PR_SET_PDEATHSIG = 1
_PARENT_ENDED = signal.SIGRTMIN + 5  # one that no script uses: SIGTERM is what multiprocessing ends its children with


def bind_to_parent(parent: int) -> None:
    """Ends the whole process group when the worker ends, and at the latest when its parent has."""
    worker = os.getpid()

    def end_all() -> None:
        if os.getpid() == worker:  # and not a fork of it
            os.killpg(worker, signal.SIGKILL)

    def parent_ended(_number: int, _frame: FrameType | None) -> None:
        end_all()

    atexit.register(end_all)  # before the script registers anything, and so after all of that
    signal.signal(_PARENT_ENDED, parent_ended)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(_PARENT_ENDED))
    if os.getppid() != parent:
        end_all()
