"""One process that serves components and custom resources to the engine.

Components go through Pulumi's own servicer (it forwards every resource option); resources through the short methods
below. Errors for the user leave as one message: an exception that crosses gRPC would show its traceback. Two names that
Pulumi keeps to itself are used here, so an upgrade of the pinned package looks at them: `_construct` and
`_GRPC_CHANNEL_OPTIONS`.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import grpc
import grpc.aio
import pulumi
from google.protobuf import empty_pb2
from pulumi.provider import server
from pulumi.runtime import proto
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc

from ..models.work import Stopped, Work
from ..rules.arguments import unknown_arguments
from ..rules.problems import UserError
from .engine import Engine
from .offered import Component, Offered
from .parting import left_alone
from .recorded import recorded, refreshable, to_add
from .resource import Call, Change, Resource
from .values import decode, encode, secrets_in

NAME = "triton-serving"
VERSION = version(NAME)

GRACE = 10.0
"""Seconds a question may still take after Ctrl-C, or without an engine. Work looks for the wish to stop often, but
somebody else's silence (a registry that takes a request and never answers) would keep the user waiting for minutes."""

MOST_QUESTIONS = 64
"""Asked at the same time; more wait for their turn."""

_KINDS = {
    Change.ADD: proto.PropertyDiff.ADD,
    Change.DELETE: proto.PropertyDiff.DELETE,
    Change.UPDATE: proto.PropertyDiff.UPDATE,
    Change.REPLACE: proto.PropertyDiff.UPDATE_REPLACE,
}


class Plugin(server.ProviderServicer):
    """Answers the engine: `Construct` for components (inherited), the other methods for custom resources."""

    def __init__(
        self,
        components: Mapping[str, Callable[[], Component]],
        resources: Mapping[str, Callable[[], Resource]],
        address: str,
    ) -> None:
        """Both by the names of their types, to be loaded when they are asked for."""
        self._offered = Offered(NAME, VERSION, components, resources)
        super().__init__(self._offered, [], address)
        self._engine = Engine(address)
        # Not the loop's own threads: Pulumi lets each wait in one for every resource that a component declares, so that
        # six of them (two processors) would wait for answers which have no thread left to be made in.
        self._threads = ThreadPoolExecutor(MOST_QUESTIONS, thread_name_prefix="question")
        self._answers: set[asyncio.Future[Any]] = set()
        self._stop = threading.Event()
        self._end = asyncio.Event()

    # --- components

    # Inside of Pulumi's Construct, which would make a traceback of every error that it does not know.
    async def _construct(self, request: Any, context: Any) -> Any:
        mistakes = unknown_arguments(request.inputs.fields, self._offered.inputs(request.type))
        if mistakes:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "; ".join(mistakes))
        try:
            return await super()._construct(request, context)
        except server.ComponentInitError as error:
            # What the constructor said to the user; only a defect of ours keeps its traceback.
            if isinstance(error.inner, pulumi.RunError | UserError):
                await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error.inner))
            if isinstance(error.inner, pulumi.InputPropertyError | pulumi.InputPropertiesError):
                raise error.inner from None
            raise
        except pulumi.RunError as error:
            # The same, found out only while its outputs were waited for: what Azure says of a cluster, for example.
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))

    # --- the provider itself

    async def GetSchema(self, request: Any, context: Any) -> proto.GetSchemaResponse:
        return proto.GetSchemaResponse(schema=self._offered.whole_schema())

    async def Configure(self, request: Any, context: Any) -> proto.ConfigureResponse:
        # supportsPreview: create and update are asked in previews too, so that what depends on a version is known.
        return proto.ConfigureResponse(
            acceptSecrets=True, acceptResources=True, acceptOutputs=True, supportsPreview=True
        )

    async def CheckConfig(self, request: Any, context: Any) -> proto.CheckResponse:
        return proto.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: Any, context: Any) -> proto.DiffResponse:
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)

    async def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:
        self._stop.set()
        asyncio.get_running_loop().call_later(GRACE, self._end.set)
        return empty_pb2.Empty()

    async def finish(self) -> None:
        """For when the engine is gone without a word: what it asked for last ends as after Ctrl-C."""
        self._stop.set()
        if self._answers:
            await asyncio.wait(self._answers, timeout=GRACE)

    # --- custom resources

    async def Check(self, request: Any, context: Any) -> proto.CheckResponse:
        resource, call = self._asked(request)
        asked = replace(call, before=decode(request.olds))
        checked = await self._answer(context, lambda: resource.check(asked, decode(request.news)))
        # Without the property's name: with it, the engine prints its value too, a rejected API key included.
        failures = [proto.CheckFailure(reason=problem) for problem in checked.problems]
        if failures:  # as they came: an update would complain of an unknown input instead
            return proto.CheckResponse(inputs=request.news, failures=failures)
        return proto.CheckResponse(inputs=encode(checked.inputs, _secrets(resource, request.news)))

    async def Diff(self, request: Any, context: Any) -> proto.DiffResponse:
        resource, call = self._asked(request)
        olds, news = recorded(decode(request.olds)), decode(request.news)
        changes = await self._answer(context, lambda: to_add(resource.schema, olds) | resource.diff(call, olds, news))
        return proto.DiffResponse(
            changes=proto.DiffResponse.DIFF_SOME if changes else proto.DiffResponse.DIFF_NONE,
            replaces=sorted(path for path, change in changes.items() if change is Change.REPLACE),
            diffs=sorted({path.split("[")[0] for path in changes}),
            detailedDiff={
                path: proto.PropertyDiff(kind=_KINDS[change], inputDiff=True) for path, change in changes.items()
            },
            hasDetailedDiff=True,
        )

    async def Create(self, request: Any, context: Any) -> proto.CreateResponse:
        resource, call = self._asked(request)
        identity, state = await self._answer(context, lambda: resource.create(call, decode(request.properties)))
        secrets = _secrets(resource, request.properties)
        return proto.CreateResponse(id="" if request.preview else identity, properties=encode(state, secrets))

    async def Read(self, request: Any, context: Any) -> proto.ReadResponse:
        resource, call = self._asked(request)
        known = recorded(decode(request.properties))
        state = await self._answer(
            context, lambda: resource.read(call, request.id, refreshable(resource.schema, known))
        )
        if state is None:
            return proto.ReadResponse(id="")
        secrets = _secrets(resource, request.properties)
        return proto.ReadResponse(id=request.id, properties=encode(state, secrets), inputs=request.inputs)

    async def Update(self, request: Any, context: Any) -> proto.UpdateResponse:
        resource, call = self._asked(request)
        olds, news = recorded(decode(request.olds)), decode(request.news)
        state = await self._answer(context, lambda: resource.update(call, request.id, olds, news))
        return proto.UpdateResponse(properties=encode(state, _secrets(resource, request.news)))

    async def Delete(self, request: Any, context: Any) -> empty_pb2.Empty:
        resource, call = self._asked(request)
        state = recorded(decode(request.properties))
        await self._answer(context, lambda: resource.delete(call, request.id, state))
        return empty_pb2.Empty()

    async def _answer(self, context: Any, question: Callable[[], Any]) -> Any:
        """Asks in a worker thread, so that progress and Ctrl-C get through meanwhile."""
        answer = asyncio.get_running_loop().run_in_executor(self._threads, question)
        self._answers.add(answer)
        answer.add_done_callback(self._answers.discard)
        end = asyncio.create_task(self._end.wait())
        await asyncio.wait((answer, end), return_when=asyncio.FIRST_COMPLETED)
        end.cancel()
        try:
            if not answer.done():
                raise Stopped("stopped at your request; run the same command again to finish")
            return answer.result()
        except UserError as error:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))

    def _asked(self, request: Any) -> tuple[Resource, Call]:
        urn, engine = request.urn, self._engine
        work = Work(say=lambda text: engine.progress(urn, text), stop=self._stop)
        kind = urn.split("::")[2].rpartition(":")[2]
        return self._offered.resource(kind), Call(urn, engine, work, preview=getattr(request, "preview", False))


def _secrets(resource: Resource, given: Any) -> set[str]:
    """Properties that are secrets because the caller made them so, or always."""
    return secrets_in(given) | {key for key, schema in resource.schema["properties"].items() if schema.get("secret")}


def serve(components: Mapping[str, Callable[[], Component]], resources: Mapping[str, Callable[[], Resource]]) -> None:
    """Runs the plugin until the engine ends it or is gone. The engine passes its address as the only plain argument."""
    address = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), None)
    if address is None:
        sys.exit(
            "This is a Pulumi plugin: the Pulumi engine starts it. To check a model directory, run\n"
            "  python -m triton_serving check DIR"
        )
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C may reach us too; the engine tells us through Cancel
    asyncio.run(_serve(components, resources, address))


async def _serve(
    components: Mapping[str, Callable[[], Component]], resources: Mapping[str, Callable[[], Resource]], address: str
) -> None:
    # Pulumi's own limits: gRPC's 4 MiB would end at two states of some 20,000 files each, as a diff brings.
    listener = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
    plugin = Plugin(components, resources, address)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(plugin, listener)
    port = listener.add_insecure_port("127.0.0.1:0")
    await listener.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await left_alone(address)
    await plugin.finish()
    os._exit(0)  # Python's own way waits for every thread, also for one whose answer never comes
