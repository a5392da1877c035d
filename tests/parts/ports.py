"""Ports for programs that do not choose one by themselves."""

from contextlib import ExitStack

from triton_serving.local_runtime.supervisor.ports import Port


def reserved_port(held: ExitStack, number: int = 0) -> int:
    """Nobody else is given this port; a server with SO_REUSEPORT may share it. Until then it refuses connections."""
    port = Port(number)
    held.callback(port.close)
    return port.number
