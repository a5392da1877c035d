"""One worker: imports the script, runs init(), then answers one call after the other on its main thread.

Started by the dispatcher as `python -m triton_scoring.worker`, with what it needs as one JSON argument.
"""

import asyncio
import faulthandler
import json
import os
import resource
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from . import azureml, messages, script_logging
from .answers import answer_of, error_answer, log, script_failed
from .flask_context import flask_context
from .inputs import Refused, arguments_of
from .leash import bind_to_parent
from .messages import Answer, Call, Line, Message
from .redirect import redirect_connections
from .script import Kind, Script, load
from .start_failure import StartFailure


@dataclass(frozen=True)
class Order:
    """What a worker is told."""

    entry_script: str
    folders: tuple[str, ...]
    """Where the script's imports are looked for, after the installed packages; the first is the working folder."""
    triton_port: int | None
    triton_grpc_port: int | None

    def to_argument(self) -> str:
        return json.dumps(asdict(self))


def main() -> None:
    order, descriptor, parent = json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    bind_to_parent(parent)
    faulthandler.enable()  # a crash, and the dispatcher's SIGABRT, show where the script was
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    line = Line(socket.socket(fileno=descriptor))
    os.set_inheritable(descriptor, False)
    sys.argv = [order["entry_script"]]
    sys.path += [folder for folder in order["folders"] if folder not in sys.path]
    script_logging.configure()
    redirect_connections(order["triton_port"], order["triton_grpc_port"])
    azureml.provide_modules()
    with asyncio.Runner() as runner:
        try:
            script = load(Path(order["entry_script"]), runner)
        except StartFailure as failure:
            line.send(Message([messages.FAILED, failure.cause.encode()], failure.trace.encode()))
            return
        line.send(Message([messages.READY]))
        while (message := line.receive()) is not None:
            line.send(_answer(Call.of(message), script).message())


def _answer(call: Call, script: Script) -> Answer:
    if call.method == "OPTIONS" and script.kind is not Kind.RAW:
        return Answer(200, [(b"content-type", b"text/html; charset=utf-8")])
    try:
        arguments = arguments_of(call, script)
    except Refused as refusal:
        return error_answer(refusal.status, str(refusal))
    try:
        with flask_context(call):
            begin = time.perf_counter()
            result = script.call(arguments)
            seconds = time.perf_counter() - begin
            return answer_of(result, seconds)
    except BaseException:  # SystemExit and KeyboardInterrupt too: one request must not end the worker
        log.exception("run() failed")
        return script_failed()


if __name__ == "__main__":
    main()
