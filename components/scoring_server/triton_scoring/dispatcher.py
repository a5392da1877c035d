"""The dispatcher's life: takes the port, starts the workers, answers until it is told to stop."""

import asyncio
import math
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from .application import Application
from .connection import Connection
from .options import Options
from .pool import Pool
from .start_failure import StartFailure
from .worker import Order

ADDRESS = "127.0.0.1"
DID_NOT_START = 3
"""What gunicorn, and so azmlinfsrv, ended with when a script could not be served."""
STOPPED_AT_ONCE = 1
ONE_SIGNAL_SECONDS = 0.5
"""A second signal sooner than this is the first again: `timeout` and shells send it to the process and to its group."""


class _Server(uvicorn.Server):
    """uvicorn ends by the signal it was sent; this process ends its workers first, and then with 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def open_port(options: Options) -> socket.socket:
    """Raises OSError when somebody else has it."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if options.reuse_port:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((ADDRESS, options.port))
    except OSError:
        listener.close()
        raise
    return listener


async def serve(options: Options, listener: socket.socket) -> int:
    """Answers until a signal or a script that cannot be served ends it; the exit status."""
    environment = {**os.environ, **options.variables()}
    folders = [options.app_root, options.source_directory, options.entry_script.parent]
    order = Order(
        str(options.entry_script),
        tuple(dict.fromkeys(str(folder) for folder in folders if folder)),
        options.triton_port,
        options.triton_grpc_port,
    )
    pool = Pool(order, options.worker_count, options.scoring_timeout_ms, options.max_request_wait_ms, environment)
    server = _Server(
        uvicorn.Config(
            Application(pool, options),
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            # Longer than any gateway keeps an idle connection: the one who sends has to be the one who closes.
            timeout_keep_alive=3600,
            # What was running when the end began is done by then. What still waits, for a worker or for the rest of a
            # body, is told to come again.
            timeout_graceful_shutdown=math.ceil(options.scoring_timeout_ms / 1000) or None,
        )
    )
    loop = asyncio.get_running_loop()
    told_at: float | None = None

    def stop() -> None:
        nonlocal told_at
        if told_at is None:
            told_at = loop.time()
            server.should_exit = True
        elif loop.time() - told_at > ONE_SIGNAL_SECONDS:
            server.force_exit = True
            pool.kill()

    for number in signal.SIGTERM, signal.SIGINT:
        loop.add_signal_handler(number, stop)
    pool.failure.add_done_callback(lambda _: stop())
    pool.start()
    await server.serve([listener])
    await pool.stop()
    if pool.failure.done():
        _tell(pool.failure.result())
        return DID_NOT_START
    return STOPPED_AT_ONCE if server.force_exit else 0


def _tell(failure: StartFailure) -> None:
    sys.stdout.flush()
    if failure.trace:
        print(failure.trace.rstrip(), file=sys.stderr)
    print(f"triton_scoring did not start: {failure.cause}", file=sys.stderr, flush=True)
