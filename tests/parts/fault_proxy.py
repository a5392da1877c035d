"""A proxy on loopback that does to HTTP what networks and broken servers do, and counts what came through."""

import http.client
import re
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Literal

from .listening import Listening, QuietHandler

OnCut = Literal["dropped", "passed on", "kept"]
"""What becomes of the part of a request that came before a cut: a buffering proxy drops it, a plain one passes the
broken request on, and a registry that keeps every byte answers as if the piece had ended there."""


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    headers: Message
    body: bytes


@dataclass
class Answer:
    """Given instead of the registry's own to requests that match, `times` over (for ever with None)."""

    matching: str
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    times: int | None = 1
    wait: threading.Event | None = None
    """Answers only once this is set."""


class FaultProxy(Listening):
    def __init__(self, upstream: str | None = None) -> None:
        self.upstream = upstream
        self.seen: list[Seen] = []
        self.answers: list[Answer] = []
        self.uploaded = 0
        """Bytes of blobs that went through."""
        self.cut_at: int | None = None
        """Cuts once, when so many bytes have come."""
        self.on_cut: OnCut = "dropped"
        self.own: Callable[[Seen], Answer | None] = lambda _: None
        """What is answered here and not by the registry behind."""
        self.moved: dict[str, str] = {}
        self.lock = threading.Lock()
        proxy = self

        class Handler(_Handler):
            faults = proxy

        super().__init__(Handler)
        self.host = f"127.0.0.1:{self.port}"

    def __exit__(self, *_: object) -> None:
        for answer in self.answers:
            if answer.wait:
                answer.wait.set()
        super().__exit__()

    def asked(self, method: str, path: str = ".*") -> list[Seen]:
        return [seen for seen in self.seen if seen.method == method and re.search(path, seen.path)]

    def answer_for(self, method: str, path: str) -> Answer | None:
        with self.lock:
            for answer in self.answers:
                if answer.times != 0 and re.search(answer.matching, f"{method} {path}"):
                    if answer.times is not None:
                        answer.times -= 1
                    return answer
        return None


class _Cut(Exception):
    def __init__(self, part: bytes) -> None:
        self.part = part


class _Handler(QuietHandler):
    faults: FaultProxy
    protocol_version = "HTTP/1.1"

    def serve(self) -> None:
        try:
            body = self._receive(int(self.headers.get("Content-Length", 0)))
        except _Cut as cut:
            self._pass_cut_on(cut.part)
            # Linger of zero: the other side sees a reset, as from a cut line.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        seen = Seen(self.command, self.path, self.headers, body)
        self.faults.seen.append(seen)
        answer = self.faults.answer_for(self.command, self.path)
        if answer is None and (own := self.faults.own(seen)):
            self._reply(own.status, {"Content-Length": str(len(own.body)), **own.headers}, own.body)
            return
        if answer is None:
            self._reply(*self._forward(body))
            return
        if answer.wait is not None:
            answer.wait.wait()
        # Said, because who is not told may send the next request before this end has closed, and lose it.
        headers = {"Content-Length": str(len(answer.body)), "Connection": "close"}
        self._reply(answer.status, headers | answer.headers, answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve

    def _receive(self, length: int) -> bytes:
        received = bytearray()
        while len(received) < length:
            chunk = self.rfile.read1(min(16384, length - len(received)))
            if not chunk:
                raise _Cut(bytes(received))
            received += chunk
            if "/blobs/uploads/" in self.path:
                with self.faults.lock:
                    self.faults.uploaded += len(chunk)
                    if self.faults.cut_at is not None and self.faults.uploaded >= self.faults.cut_at:
                        self.faults.cut_at = None
                        raise _Cut(bytes(received))
        return bytes(received)

    def _pass_cut_on(self, part: bytes) -> None:
        if self.faults.on_cut == "kept":
            _, headers, _ = self._forward(part, {"Content-Length": str(len(part))}, "PATCH", _without_digest(self.path))
            self.faults.moved[_without_digest(self.path)] = _path(headers["Location"])
        elif self.faults.on_cut == "passed on" and self.faults.upstream:
            with socket.create_connection(_address(self.faults.upstream)) as onward:
                head = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
                onward.sendall(f"{self.command} {self.path} HTTP/1.1\r\n{head}\r\n".encode() + part)

    def _forward(
        self,
        body: bytes,
        changed: Mapping[str, str] | None = None,
        method: str | None = None,
        path: str | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        assert self.faults.upstream is not None, f"nobody is there to answer {self.command} {self.path}"
        connection = http.client.HTTPConnection(*_address(self.faults.upstream), timeout=60)
        path = self.faults.moved.get(self.path, path or self.path)
        connection.request(method or self.command, path, body, {**self.headers, **(changed or {})})
        response = connection.getresponse()
        content = response.read()
        headers = {name: value for name, value in response.getheaders() if name != "Transfer-Encoding"}
        connection.close()
        return response.status, {"Content-Length": str(len(content)), **headers}, content

    def _reply(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _address(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)


def _without_digest(path: str) -> str:
    return re.sub(r"[?&]digest=[^&]*", "", path)


def _path(url: str) -> str:
    return "/" + url.removeprefix("http://").partition("/")[2]
