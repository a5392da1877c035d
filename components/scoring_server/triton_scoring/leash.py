"""No worker, and nothing that a worker started, outlives the dispatcher: Linux tells the worker of its parent's end.

A worker that is deep in C code and never lets go of Python's lock hears of it only when it comes back.
"""

import ctypes
import os
import signal
from types import FrameType

_PR_SET_PDEATHSIG = 1
_PARENT_ENDED = signal.SIGRTMIN + 5  # one that no script uses: SIGTERM is what multiprocessing ends its children with


def bind_to_parent(parent: int) -> None:
    """Ends the whole process group, which is the worker's own, once the parent has ended."""
    worker = os.getpid()

    def end(_number: int, _frame: FrameType | None) -> None:
        if os.getpid() == worker:
            os.killpg(worker, signal.SIGKILL)
        os._exit(1)  # a fork of the worker

    signal.signal(_PARENT_ENDED, end)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(_PARENT_ENDED))
    if os.getppid() != parent:
        os.killpg(worker, signal.SIGKILL)
