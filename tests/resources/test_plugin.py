"""The plugin over a real connection, as the engine speaks to it, with a resource that is easy to look into."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2_grpc
from triton_serving import TritonModelRepository
from triton_serving.models.work import Stopped
from triton_serving.resources.plugin import NAME, Plugin
from triton_serving.resources.resource import Call, Change, Changes, Checked
from triton_serving.resources.values import UNKNOWN, Properties, decode, encode, secrets_in
from triton_serving.rules.problems import UserError

URN = f"urn:pulumi:dev::shop::{NAME}:index:Component${NAME}:index:Echo::echo"


class Echo:
    """Says back what it is asked; the input `act` decides how it behaves."""

    type_name = "Echo"
    schema: Mapping[str, Any] = {"properties": {"key": {"type": "string", "secret": True}}}

    def __init__(self) -> None:
        self.started = threading.Event()

    def check(self, call: Call, news: Properties) -> Checked:
        if news.get("act") == "bad":
            return Checked(news | {"found": UNKNOWN}, ["'act' must not be bad"])
        return Checked(news | {"found": 3})

    def diff(self, call: Call, olds: Properties, news: Properties) -> Changes:
        self._look(olds)
        return {'files["a/b.c"]': Change.ADD, "name": Change.REPLACE} if olds != news else {}

    def create(self, call: Call, inputs: Properties) -> tuple[str, Properties]:
        match inputs.get("act"):
            case "refuse":
                raise UserError("the registry is down; start it")
            case "break":
                raise ZeroDivisionError("a defect of ours")
            case "wait":
                call.work.say("waiting")
                self.started.set()
                call.work.stop.wait(60)
                raise Stopped("stopped at your request")
        return "echo-id", inputs | {"key": UNKNOWN if call.preview else "made", "preview": call.preview}

    def read(self, call: Call, resource_id: str, state: Properties) -> Properties | None:
        self._look(state)
        return None if resource_id == "gone" else state

    def update(self, call: Call, resource_id: str, olds: Properties, inputs: Properties) -> Properties:
        self._look(olds)
        return inputs | {"was": olds.get("name")}

    def delete(self, call: Call, resource_id: str, state: Properties) -> None:
        self._look(state)
        raise UserError("not now")

    def _look(self, known: Properties) -> None:
        if known.get("act") == "look":
            known["lost"]


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def engine(echo: Echo) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> tuple[grpc.aio.Server, int]:
        listener = grpc.aio.server()
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(
            Plugin({"TritonModelRepository": lambda: TritonModelRepository}, {"Echo": lambda: echo}, "127.0.0.1:1"),
            listener,
        )
        port = listener.add_insecure_port("127.0.0.1:0")
        await listener.start()
        return listener, port

    listener, port = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    asyncio.run_coroutine_threadsafe(listener.stop(None), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_a_secret_input_is_still_one_after_the_check(engine):
    answer = engine.Check(proto.CheckRequest(urn=URN, news=encode({"name": "a", "token": "t"}, ["token"])))
    assert secrets_in(answer.inputs) == {"token"}
    assert decode(answer.inputs) == {"name": "a", "token": "t", "found": 3}


def test_a_problem_is_told_without_the_propertys_name_because_the_engine_would_print_its_value(engine):
    answer = engine.Check(proto.CheckRequest(urn=URN, news=encode({"act": "bad"})))
    assert [(failure.property, failure.reason) for failure in answer.failures] == [("", "'act' must not be bad")]


def test_with_a_problem_nothing_is_unknown_because_an_update_would_tell_that_instead_of_the_problem(engine):
    answer = engine.Check(proto.CheckRequest(urn=URN, news=encode({"act": "bad", "token": "t"}, ["token"])))
    assert decode(answer.inputs) == {"act": "bad", "token": "t"}
    assert secrets_in(answer.inputs) == {"token"}


def test_a_difference_is_told_path_by_path(engine):
    answer = engine.Diff(proto.DiffRequest(urn=URN, olds=encode({"name": "a"}), news=encode({"name": "b"})))
    assert answer.changes == proto.DiffResponse.DIFF_SOME
    assert list(answer.replaces) == ["name"]
    assert {path: diff.kind for path, diff in answer.detailedDiff.items()} == {
        'files["a/b.c"]': proto.PropertyDiff.ADD,
        "name": proto.PropertyDiff.UPDATE_REPLACE,
    }


def test_no_difference_is_said_to_be_none(engine):
    same = encode({"name": "a"})
    assert engine.Diff(proto.DiffRequest(urn=URN, olds=same, news=same)).changes == proto.DiffResponse.DIFF_NONE


def test_what_the_schema_calls_secret_leaves_as_a_secret(engine):
    answer = engine.Create(proto.CreateRequest(urn=URN, properties=encode({"name": "a"})))
    assert answer.id == "echo-id"
    assert secrets_in(answer.properties) == {"key"}
    assert decode(answer.properties)["key"] == "made"


def test_a_preview_makes_no_id_and_may_leave_values_unknown(engine):
    answer = engine.Create(proto.CreateRequest(urn=URN, properties=encode({"name": "a"}), preview=True))
    assert answer.id == ""
    assert decode(answer.properties) == {"name": "a", "key": UNKNOWN, "preview": True}


def test_what_is_gone_is_read_as_no_resource(engine):
    assert engine.Read(proto.ReadRequest(urn=URN, id="gone")).id == ""
    there = engine.Read(proto.ReadRequest(urn=URN, id="there", properties=encode({"key": "k"}, ["key"])))
    assert there.id == "there"
    assert secrets_in(there.properties) == {"key"}


def test_an_update_knows_what_was(engine):
    answer = engine.Update(proto.UpdateRequest(urn=URN, olds=encode({"name": "a"}), news=encode({"name": "b"})))
    assert decode(answer.properties) == {"name": "b", "was": "a"}


def test_what_the_user_should_read_arrives_as_it_stands(engine):
    with pytest.raises(grpc.RpcError) as told:
        engine.Create(proto.CreateRequest(urn=URN, properties=encode({"act": "refuse"})))
    assert told.value.details() == "the registry is down; start it"


def test_a_failing_delete_is_told_too(engine):
    with pytest.raises(grpc.RpcError) as told:
        engine.Delete(proto.DeleteRequest(urn=URN, id="x"))
    assert told.value.details() == "not now"


def test_what_a_state_lacks_is_told_and_no_defect(engine):
    state = encode({"act": "look"})
    questions = [
        lambda: engine.Diff(proto.DiffRequest(urn=URN, olds=state, news=state)),
        lambda: engine.Update(proto.UpdateRequest(urn=URN, olds=state, news=state)),
        lambda: engine.Read(proto.ReadRequest(urn=URN, id="there", properties=state)),
        lambda: engine.Delete(proto.DeleteRequest(urn=URN, id="there", properties=state)),
    ]
    for question in questions:
        with pytest.raises(grpc.RpcError) as told:
            question()
        assert told.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "the state lacks 'lost' of this resource" in told.value.details()


def test_a_defect_of_ours_is_not_passed_off_as_the_users_mistake(engine):
    with pytest.raises(grpc.RpcError) as told:
        engine.Create(proto.CreateRequest(urn=URN, properties=encode({"act": "break"})))
    assert told.value.code() is grpc.StatusCode.UNKNOWN
    assert "a defect of ours" in told.value.details()


def test_the_wish_to_stop_reaches_work_that_is_going_on(engine, echo):
    going = engine.Create.future(proto.CreateRequest(urn=URN, properties=encode({"act": "wait"})))
    assert echo.started.wait(30)
    engine.Cancel(empty_pb2.Empty())
    with pytest.raises(grpc.RpcError) as told:
        going.result(30)
    assert told.value.details() == "stopped at your request"
