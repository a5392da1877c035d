"""The supervisor's socket: one question a connection, JSON lines both ways.

{"do": "apply"}    {"say": …} as often as there is news, then {"done": [notices]} or {"failed": "text for the user",
                   "ends": whether the supervisor ends now, as nothing serves and no other run waits};
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
        self._turn = asyncio.Lock()
        self._runs = 0
        self._applying: asyncio.Task[list[str]] | None = None

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
        self._runs += 1
        try:
            async with self._turn:  # what a killed run began may still be on its way back
                await self._take_turn(reader, writer)
        finally:
            self._runs -= 1

    async def _take_turn(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(text: str) -> None:
            self._log.note(text)
            _tell(writer, say=text)

        applying = self._applying = asyncio.create_task(self.service.apply(say))
        cancel = asyncio.create_task(reader.readline())  # a line, or the end of the connection: both mean the same
        try:
            await asyncio.wait({applying, cancel}, return_when=asyncio.FIRST_COMPLETED)
            if not applying.done():
                applying.cancel()
            await asyncio.wait([applying])
            failure = _failure(applying)
        finally:
            cancel.cancel()
            self._applying = None
        if failure is None:
            _tell(writer, done=applying.result())
            return
        self._log.note(f"not taken over: {failure}")
        ends = self.service.serving is None and self._runs == 1
        _tell(writer, failed=failure, ends=ends)
        if ends:
            self.ended.set()


def _failure(applying: "asyncio.Task[list[str]]") -> str | None:
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
