"""The line back to the engine: messages and progress shown beside a resource."""

import time

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_SECONDS_BETWEEN_PROGRESS = 0.2  # the terminal redraws slower than that; each line is a round trip


class Engine:
    def __init__(self, address: str) -> None:
        self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))
        self._last_progress = 0.0

    def notice(self, urn: str, text: str) -> None:
        """Stays on the screen, in the resource's diagnostics."""
        self._log(urn, text, engine_pb2.INFO, ephemeral=False)

    def warn(self, urn: str, text: str) -> None:
        self._log(urn, text, engine_pb2.WARNING, ephemeral=False)

    def progress(self, urn: str, text: str) -> None:
        """Rewrites the one line beside the resource; lines that come too fast are left out."""
        now = time.monotonic()
        if now - self._last_progress >= _SECONDS_BETWEEN_PROGRESS:
            self._last_progress = now
            self._log(urn, text, engine_pb2.INFO, ephemeral=True)

    def _log(self, urn: str, text: str, severity: engine_pb2.LogSeverity.ValueType, *, ephemeral: bool) -> None:
        request = engine_pb2.LogRequest(urn=urn, message=text, severity=severity, ephemeral=ephemeral)
        try:
            self._stub.Log(request, timeout=10)
        except grpc.RpcError:
            # The engine is gone or going: there is nobody left to tell, and the work itself decides how to end.
            return
