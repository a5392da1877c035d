"""A port of one pod, through the API server, as `http.client` takes it for a socket.

The official client has a port-forward, too, in a thread of its own that waits without end when the API server hangs,
and writes a traceback when nobody listens in the pod. The protocol is small: binary frames that begin with a channel.
"""

import io
import json
import ssl
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

from .connection import Away, Cluster, Refused

_DATA, _ERROR = 0, 1
_PROTOCOL = "v4.channel.k8s.io"
_PIECE = 16 * 1024


class Stream(Protocol):
    def sendall(self, data: bytes) -> None: ...
    def recv(self) -> bytes: ...


class PodPort:
    """Bytes to and from a port of a pod. `recv` gives none at the end."""

    _socket: Any

    def __init__(self, cluster: Cluster, namespace: str, pod: str, port: int, seconds: float) -> None:
        """Raises Away where it cannot be reached now, Refused where this user may not reach pods that way."""
        from websocket import WebSocketBadStatusException, WebSocketException, create_connection

        where = urlsplit(cluster.configuration.host)
        scheme = {"https": "wss", "http": "ws"}[where.scheme]
        path = f"{where.path}/api/v1/namespaces/{namespace}/pods/{pod}/portforward?ports={port}"
        try:
            self._socket = create_connection(
                f"{scheme}://{where.netloc}{path}",
                timeout=seconds,
                header=cluster.authorization(),
                subprotocols=[_PROTOCOL],
                sslopt=_tls_options(cluster.configuration),
                suppress_origin=True,
            )
        except WebSocketBadStatusException as error:
            raise _told(error.status_code, error.resp_body) from None
        except (WebSocketException, OSError) as error:
            raise Away(f"pod {pod} cannot be reached through the cluster ({type(error).__name__})") from None
        self._begun: set[int] = set()

    def sendall(self, data: bytes) -> None:
        """Raises ConnectionError when the API server has gone away meanwhile."""
        from websocket import WebSocketException

        try:
            self._socket.send_binary(bytes((_DATA,)) + data)
        except WebSocketException as error:
            raise ConnectionError(type(error).__name__) from None

    def recv(self) -> bytes:
        """Raises ConnectionError when nobody listens in the pod."""
        from websocket import ABNF, WebSocketException

        while True:
            try:
                kind, data = self._socket.recv_data()
            except WebSocketException as error:
                raise ConnectionError(type(error).__name__) from None
            if kind != ABNF.OPCODE_BINARY or not data:
                return b""
            channel, rest = data[0], data[1:]
            if channel not in self._begun:  # the first frame of each says which port it is for
                self._begun.add(channel)
            elif channel == _ERROR:
                raise ConnectionError(rest.decode(errors="replace"))
            elif rest:
                return bytes(rest)

    def close(self) -> None:
        self._socket.shutdown()


class Tls:
    """TLS over such a stream. The certificate is not checked: for whom it is is the caller's business."""

    def __init__(self, stream: Stream, name: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._stream, self._incoming, self._outgoing = stream, ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name)
        self._run(self._tls.do_handshake)

    def sendall(self, data: bytes) -> None:
        self._run(lambda: self._tls.write(data))

    def recv(self) -> bytes:
        try:
            return bytes(self._run(lambda: self._tls.read(_PIECE)))
        except ssl.SSLZeroReturnError:
            return b""

    def _run(self, step: Callable[[], Any]) -> Any:
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush()
                received = self._stream.recv()
                self._incoming.write(received) if received else self._incoming.write_eof()
            else:
                self._flush()
                return result

    def _flush(self) -> None:
        if data := self._outgoing.read():
            self._stream.sendall(data)


class AsSocket:
    """What `http.client` asks of a socket. Whoever opened the stream closes it: answers are read after this `close`."""

    def __init__(self, stream: Stream) -> None:
        self.sendall = stream.sendall
        self._stream = stream

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._stream))

    def close(self) -> None:
        return


class _Reader(io.RawIOBase):
    def __init__(self, stream: Stream) -> None:
        self._stream, self._rest = stream, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._rest or self._stream.recv()
        taken = min(len(buffer), len(data))
        buffer[:taken], self._rest = data[:taken], data[taken:]
        return taken


def _tls_options(configuration: Any) -> dict[str, Any]:
    options: dict[str, Any] = {"cert_reqs": ssl.CERT_NONE, "check_hostname": False}
    if configuration.verify_ssl:
        options = {"cert_reqs": ssl.CERT_REQUIRED}
        if configuration.ssl_ca_cert:
            options["ca_certs"] = configuration.ssl_ca_cert
    if configuration.cert_file:
        options |= {"certfile": configuration.cert_file, "keyfile": configuration.key_file}
    if configuration.tls_server_name:
        options["server_hostname"] = configuration.tls_server_name
    return options


def _told(status: int, body: Any) -> Exception:
    try:
        message = str(json.loads(body)["message"])
    except (TypeError, ValueError, KeyError):
        message = "the cluster's API server gives no reason"
    if status == 403:
        return Refused(403, f"{message}; ask for a role with that right: it is how keys are seen to be in force")
    return Away(f"the pod cannot be reached through the cluster ({status}: {message})")
