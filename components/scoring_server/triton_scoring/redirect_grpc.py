"""Channels of the entry script to localhost:8001 go to the service's own Triton.

gRPC connects in C, so what can be changed is the target that a channel is made with. All clients in Python make theirs
with `grpc.insecure_channel` or `grpc.aio.insecure_channel` (tritonclient.grpc, tritongrpcclient, generated stubs). Both
are changed as soon as the script, or what it imports, has imported grpc, and before anybody has a name for them:
`from grpc import insecure_channel` gives the changed one. A script without gRPC costs nothing.

Not reached: channels with credentials (Triton here speaks no TLS), those made with gRPC's inner classes, and lists of
addresses.
"""

import functools
import importlib.machinery
import re
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

_GRPC = "grpc"
_EXPECTED = re.compile(
    r"(?:dns:(?://[^/]*/)?|ipv[46]:)?"  # how gRPC is told to look the name up
    r"(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0):8001"
)
_DIRECTLY = ("grpc.enable_http_proxy", 0)
"""Where the script's variables name a proxy, they except localhost from it, which is not the address we give."""


def redirect_channels(triton_grpc_port: int) -> None:
    if _GRPC in sys.modules:  # a .pth file or sitecustomize of the script's environment can have imported it
        _redirect(sys.modules[_GRPC], triton_grpc_port)
    else:
        sys.meta_path.insert(0, _Finder(lambda grpc: _redirect(grpc, triton_grpc_port)))


def _redirect(grpc: ModuleType, port: int) -> None:
    for module in grpc, getattr(grpc, "aio", None):
        if channel := getattr(module, "insecure_channel", None):  # the script may have a module of that name itself
            vars(module)["insecure_channel"] = _to_own_triton(channel, port)


def _to_own_triton(channel: Callable[..., Any], port: int) -> Callable[..., Any]:
    @functools.wraps(channel)
    def channel_there(target: Any, options: Any = None, *others: Any, **named: Any) -> Any:
        if isinstance(target, str) and _EXPECTED.fullmatch(target):
            target, options = f"ipv4:127.0.0.1:{port}", [*(options or ()), _DIRECTLY]
        return channel(target, options, *others, **named)

    return channel_there


class _Finder:
    """Finds grpc where it is, and sees to it once it is imported."""

    def __init__(self, imported: Callable[[ModuleType], None]) -> None:
        self._imported = imported

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != _GRPC:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_tell(module: ModuleType) -> None:
                execute(module)
                self._imported(module)

            vars(spec.loader)["exec_module"] = execute_and_tell
        return spec
