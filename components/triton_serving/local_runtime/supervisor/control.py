"""The supervisor's socket: one question a connection, JSON lines both ways.

{"do": "apply"}    {"say": …} as often as there is news, then {"done": null} or {"failed": "text for the user",
                   "ends": whether the supervisor ends now, because nothing served before};
                   {"do": "cancel"}, or an end of the connection, takes back what was begun
{"do": "status"}   {"done": {"state": …, "reason": …, "processes": …}}
{"do": "stop"}     no answer: the connection ends with the supervisor, when all units have ended
"""

import asyncio
import contextlib
import json
import signal
from pathlib import Path
from typing import Any

from ...rules.problems import UserError
from .logs import LogFile
from .machine import raise_file_limit
from .remains import SERVING
from .service import Service

SOCKET = "control.sock"


def run(resumes: bool) -> int:
    """The supervisor's whole life, in the service's folder."""
    raise_file_limit()
    asyncio.run(_serve(resumes))
    return 0


async def _serve(resumes: bool) -> None:
    log = LogFile(Path("logs", "supervisor.log"))
    log.note("the supervisor starts")
    if resumes and not Path(SERVING).exists():
        log.note("nothing served before")
        return
    control = _Control(Service(log), log)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, control.ended.set)
    if resumes:
        control.service.resume()
    Path(SOCKET).unlink(missing_ok=True)
    server = await asyncio.start_unix_server(control.answer, SOCKET)
    await control.ended.wait()
    server.close()
    await control.end()
    Path(SOCKET).unlink(missing_ok=True)
    log.note("the supervisor ends")


class _Control:
    def __init__(self, service: Service, log: LogFile) -> None:
        self.service = service
        self.ended = asyncio.Event()
        self._log = log
        self._applying: asyncio.Task[None] | None = None

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            question = json.loads(await reader.readline())["do"]
            match question:
                case "status":
                    state, reason = self.service.state()
                    _tell(writer, done={"state": state, "reason": reason, "processes": self.service.processes()})
                case "apply":
                    await self._apply(reader, writer)
                case "stop":
                    self.ended.set()
            with contextlib.suppress(ConnectionError):
                await writer.drain()
        except (ValueError, KeyError, TypeError):
            _tell(writer, failed="not understood", ends=False)
        finally:
            writer.close()

    async def end(self) -> None:
        if self._applying is not None:
            self._applying.cancel()
            await asyncio.wait([self._applying])
        await self.service.stop()

    async def _apply(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._applying is not None:
            _tell(writer, failed="another run changes this service at the moment; try again after it", ends=False)
            return

        def say(text: str) -> None:
            self._log.note(text)
            _tell(writer, say=text)

        self._applying = asyncio.create_task(self.service.apply(say))
        cancel = asyncio.create_task(reader.readline())  # a line, or the end of the connection: both mean the same
        try:
            await asyncio.wait({self._applying, cancel}, return_when=asyncio.FIRST_COMPLETED)
            if not self._applying.done():
                self._applying.cancel()
            await asyncio.wait([self._applying])
            failure = _failure(self._applying)
        finally:
            cancel.cancel()
            self._applying = None
        if failure is None:
            _tell(writer, done=None)
            return
        self._log.note(f"not taken over: {failure}")
        nothing_serves = self.service.serving is None
        _tell(writer, failed=failure, ends=nothing_serves)
        if nothing_serves:
            self.ended.set()


def _failure(applying: "asyncio.Task[None]") -> str | None:
    if applying.cancelled():
        return "stopped at your request"
    error = applying.exception()
    match error:
        case None:
            return None
        case UserError():
            return str(error)
        case OSError():
            return f"{error.filename or 'the service'}: {error.strerror}; mend that and run it again"
        case _:
            return f"a mistake in the supervisor: {error!r}"


def _tell(writer: asyncio.StreamWriter, **message: Any) -> None:
    if not writer.is_closing():
        writer.write(json.dumps(message).encode() + b"\n")
