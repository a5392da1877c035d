"""The supervisor's socket: one question a connection, JSON lines both ways.

{"do": "apply"}    {"say": …} as often as there is news, then {"done": [notices]} or {"failed": "text for the user",
                   "ends": whether the supervisor ends now, as nothing serves and no other run waits};
                   {"do": "cancel"}, or an end of the connection, takes back what was begun
{"do": "status"}   {"done": {"state": …, "reason": …, "processes": …}}
{"do": "leave"}    {"done": null}, then the supervisor leaves all to that of the keeper's successor
{"do": "stop"}     no answer: the connection ends with the supervisor, when all units have ended
"""

import asyncio
import contextlib
import json
import os
import signal
from pathlib import Path
from typing import Any

from ...rules.problems import UserError
from .code import CODE, digest_of_code, is_other_code
from .keeper import HANDED_OVER
from .logs import LogFile
from .machine import raise_file_limit
from .parent import Parent
from .remains import SERVING
from .service import Service

SOCKET = "control.sock"


def run(resumes: bool, keeper: int, ends: int) -> int:
    """The supervisor's whole life, in the service's folder. At `ends` the keeper tells of programs that ended."""
    raise_file_limit()
    asyncio.run(_serve(resumes, keeper, ends))
    return 0


async def _serve(resumes: bool, keeper: int, ends: int) -> None:
    log = LogFile(Path("logs", "supervisor.log"))
    log.note("the supervisor starts")
    if resumes and not Path(SERVING).exists():
        log.note("nothing served before")
        return
    control = _Control(Service(log, Parent(keeper, ends)), log)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, control.ended.set)
    if resumes:
        await control.service.resume(outdated=is_other_code())
    CODE.write_text(digest_of_code())
    Path(SOCKET).unlink(missing_ok=True)
    server = await asyncio.start_unix_server(control.answer, SOCKET)
    await control.ended.wait()
    server.close()
    await control.end()
    Path(SOCKET).unlink(missing_ok=True)
    log.note("the supervisor ends")
    os._exit(0)  # while it still hears signals: one more would kill it, and its keeper would start the service again


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
                case "leave":
                    self._log.note("the supervisor leaves the service to that of another version")
                    _tell(writer, done=None)
                    await writer.drain()
                    os._exit(HANDED_OVER)  # as if it were killed: it stops nothing and waits for nothing
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
