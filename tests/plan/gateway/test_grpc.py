"""gRPC through a real Envoy, on the same port as HTTP/1.1: the methods that callers need, the same limits and keys."""

import dataclasses
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest
from plan.gateway.conftest import DIRECT, Gateway, Start, listed
from triton_serving.plan import limits
from triton_serving.plan.service import Keys

SERVICE = "inference.GRPCInferenceService"
KEYS = Keys("primary-key-0123456789", "secondary-key-0123456789")
UNARY = ("ServerLive", "ServerReady", "ModelReady", "ModelMetadata", "ModelInfer")
TRITONS_OWN = (
    "ServerMetadata",
    "ModelConfig",
    "ModelStatistics",
    "RepositoryIndex",
    "RepositoryModelLoad",
    "RepositoryModelUnload",
    "SystemSharedMemoryStatus",
    "SystemSharedMemoryRegister",
    "SystemSharedMemoryUnregister",
    "CudaSharedMemoryStatus",
    "CudaSharedMemoryRegister",
    "CudaSharedMemoryUnregister",
    "TraceSetting",
    "LogSettings",
    "modelInfer",
    "ModelInfer/",
)
LARGEST = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


class Methods(grpc.GenericRpcHandler):
    """Answers every method there is with the size of what it got, and keeps the names."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.hold = threading.Event()
        self.hold.set()

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        self.seen.append(call.method)
        if call.method.endswith("StreamInfer"):
            return grpc.stream_stream_rpc_method_handler(lambda sent, _: (b"%d" % len(one) for one in sent))
        return grpc.unary_unary_rpc_method_handler(lambda sent, _: b"%d" % len(sent) if self.hold.wait() else b"")


@dataclasses.dataclass
class Grpc:
    gateway: Gateway
    channel: grpc.Channel
    methods: Methods

    def ask(self, method: str, sent: bytes = b"", key: str | None = None, service: str = SERVICE) -> bytes:
        metadata = [("authorization", f"Bearer {key}")] if key else []
        return bytes(self.channel.unary_unary(f"/{service}/{method}")(sent, timeout=20, metadata=metadata))

    def refusal(
        self, method: str, sent: bytes = b"", key: str | None = None, service: str = SERVICE
    ) -> grpc.StatusCode:
        with pytest.raises(grpc.RpcError) as refused:
            self.ask(method, sent, key, service)
        code: grpc.StatusCode = refused.value.code()
        return code


@pytest.fixture(scope="module")
def upstream() -> Iterator[tuple[Methods, int]]:
    methods = Methods()
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool, handlers=[methods], options=LARGEST)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield methods, port
        server.stop(None).wait()


@contextmanager
def connected(gateway: Gateway, methods: Methods) -> Iterator[Grpc]:
    with grpc.insecure_channel(f"127.0.0.1:{gateway.port}", options=LARGEST) as channel:
        yield Grpc(gateway, channel, methods)


@pytest.fixture(scope="module")
def open_to_all(start: Start, upstream: tuple[Methods, int]) -> Iterator[Grpc]:
    with connected(start(DIRECT, grpc_port=upstream[1]), upstream[0]) as found:
        yield found


@pytest.fixture(scope="module")
def locked(start: Start, upstream: tuple[Methods, int]) -> Iterator[Grpc]:
    plan = dataclasses.replace(DIRECT, auth_enabled=True)
    with connected(start(plan, KEYS, grpc_port=upstream[1]), upstream[0]) as found:
        yield found


@pytest.mark.parametrize("method", UNARY)
def test_the_methods_that_callers_need_reach_triton(open_to_all: Grpc, method: str):
    assert open_to_all.ask(method, b"abc") == b"3"


def test_a_stream_of_requests_is_answered_one_by_one(open_to_all: Grpc):
    stream = open_to_all.channel.stream_stream(f"/{SERVICE}/ModelStreamInfer")
    assert list(stream(iter([b"a", b"bc"]), timeout=20)) == [b"1", b"2"]


def test_all_requests_of_a_stream_together_have_the_limit_of_one(open_to_all: Grpc):
    stream = open_to_all.channel.stream_stream(f"/{SERVICE}/ModelStreamInfer")
    assert len(list(stream((bytes(2**20) for _ in range(60)), timeout=60))) == 60
    with pytest.raises(grpc.RpcError) as refused:
        list(stream((bytes(2**20) for _ in range(65)), timeout=60))
    assert refused.value.code() is grpc.StatusCode.INTERNAL  # answers had begun, so that it can only be cut
    with pytest.raises(grpc.RpcError) as refused:
        list(stream(iter([bytes(limits.TRITON_BODY_BYTES)]), timeout=60))
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("method", TRITONS_OWN)
def test_no_other_method_reaches_triton(open_to_all: Grpc, method: str):
    open_to_all.methods.seen.clear()
    assert open_to_all.refusal(method) is grpc.StatusCode.UNIMPLEMENTED
    assert open_to_all.methods.seen == []


@pytest.mark.parametrize(
    ("service", "method"),
    [
        ("grpc.reflection.v1alpha.ServerReflection", "ServerReflectionInfo"),
        ("grpc.health.v1.Health", "Check"),
        (SERVICE.lower(), "ModelInfer"),
    ],
)
def test_no_other_service_reaches_triton(open_to_all: Grpc, service: str, method: str):
    open_to_all.methods.seen.clear()
    assert open_to_all.refusal(method, service=service) is grpc.StatusCode.UNIMPLEMENTED
    assert open_to_all.methods.seen == []


def test_the_largest_message_passes_and_a_larger_one_is_refused_before_triton(open_to_all: Grpc):
    most = limits.TRITON_BODY_BYTES - 5  # a message's own head
    assert open_to_all.ask("ModelInfer", bytes(most)) == str(most).encode()
    open_to_all.methods.seen.clear()
    assert open_to_all.refusal("ModelInfer", bytes(most + 1)) is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert open_to_all.methods.seen == []


def test_a_compressed_message_is_refused(open_to_all: Grpc):
    open_to_all.methods.seen.clear()
    infer = open_to_all.channel.unary_unary(f"/{SERVICE}/ModelInfer")
    with pytest.raises(grpc.RpcError, match="compressed messages are not taken"):
        infer(bytes(100_000), timeout=20, compression=grpc.Compression.Gzip)
    assert open_to_all.methods.seen == []


def test_who_has_no_time_gives_up_or_leaves_in_the_middle_hinders_nobody(open_to_all: Grpc):
    infer = open_to_all.channel.unary_unary(f"/{SERVICE}/ModelInfer")
    stream = open_to_all.channel.stream_stream(f"/{SERVICE}/ModelStreamInfer")
    open_to_all.methods.hold.clear()
    with pytest.raises(grpc.RpcError) as late:
        infer(b"", timeout=0.1)
    open_to_all.methods.hold.set()
    assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert list(stream(iter([]), timeout=20)) == []
    left = threading.Event()

    def sent() -> Iterator[bytes]:
        yield b"a"
        left.wait()

    begun = stream(sent(), timeout=20)
    assert next(begun) == b"1"
    begun.cancel()
    left.set()
    assert open_to_all.ask("ModelInfer", b"abc") == b"3"


@pytest.mark.parametrize("metadata", [[("x", "a" * 100_000)], [(f"x-{number}", "a") for number in range(1000)]])
def test_metadata_over_the_limits_of_headers_are_refused_before_triton(
    open_to_all: Grpc, metadata: list[tuple[str, str]]
):
    open_to_all.methods.seen.clear()
    infer = open_to_all.channel.unary_unary(f"/{SERVICE}/ModelInfer")
    with pytest.raises(grpc.RpcError):
        infer(b"", timeout=20, metadata=metadata)
    assert open_to_all.methods.seen == []
    assert open_to_all.ask("ModelInfer", b"abc") == b"3"


@pytest.mark.parametrize("key", [None, "wrong-key-0123456789"], ids=["none", "wrong"])
@pytest.mark.parametrize("method", [*UNARY, "RepositoryIndex"])
def test_every_method_is_behind_the_key(locked: Grpc, method: str, key: str | None):
    locked.methods.seen.clear()
    assert locked.refusal(method, key=key) is grpc.StatusCode.UNAUTHENTICATED
    assert locked.methods.seen == []


def test_either_key_opens(locked: Grpc):
    assert [locked.ask("ModelInfer", key=key) for key in (KEYS.primary, KEYS.secondary)] == [b"0", b"0"]
    assert locked.refusal("RepositoryIndex", key=KEYS.primary) is grpc.StatusCode.UNIMPLEMENTED


def test_a_service_that_is_not_ready_says_so_and_still_infers(open_to_all: Grpc):
    open_to_all.gateway.envoy.replace("routes.json", listed(DIRECT, ready=False))
    try:
        for method in ("ServerLive", "ServerReady", "ModelReady"):
            assert open_to_all.refusal(method) is grpc.StatusCode.UNAVAILABLE
        assert open_to_all.ask("ModelInfer") == b"0"
    finally:
        open_to_all.gateway.envoy.replace("routes.json", listed(DIRECT))
