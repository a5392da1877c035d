"""python -m triton_scoring --entry_script score.py --port 5001 --worker_count 2"""

import asyncio
import os
import sys

import uvloop

from .dispatcher import ADDRESS, DID_NOT_START, open_port, serve
from .options import WrongOptions, read_options

WRONG_OPTIONS = 1
"""azmlinfsrv's status for it."""


def main() -> int:
    try:
        options = read_options(sys.argv[1:], os.environ)
    except WrongOptions as wrong:
        print(f"triton_scoring: {wrong}", file=sys.stderr)
        return WRONG_OPTIONS
    try:
        listener = open_port(options)
    except OSError as error:
        print(f"triton_scoring did not start: port {options.port} of {ADDRESS}: {error.strerror}", file=sys.stderr)
        return DID_NOT_START
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(serve(options, listener))


if __name__ == "__main__":
    sys.exit(main())
