"""The provider `azure-native` as the engine speaks to it, with the stand-in in Azure's place.

It creates, reads, updates and compares as pulumi-azure-native does: it looks before it creates and takes over nothing,
it keeps what Azure began, and it takes changes made in Azure into a resource's inputs.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from pulumi.runtime import proto
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc, status_pb2
from triton_serving.resources.resource import Change
from triton_serving.resources.values import decode, encode, secrets_in

from . import bodies, ids
from .azure import Azure
from .checks import problems
from .differences import applied, changes
from .errors import ArmError, Cancelled, Existing
from .faults import Answer, HalfMade
from .invokes import UnknownFunction, invoke
from .kinds import KINDS, SUBSCRIPTION, Kind
from .naming import CREATE_FIRST, named
from .storage import Storage

VERSION = "3.29.0"
FOLDER = "STAND_IN_AZURE"
STABLE = ("name", "location")
"""What an update is sure not to change, so that a preview knows it for what depends on it."""
MOST_QUESTIONS = 64
DIFFERENCES = {
    Change.ADD: proto.PropertyDiff.ADD,
    Change.DELETE: proto.PropertyDiff.DELETE,
    Change.UPDATE: proto.PropertyDiff.UPDATE,
    Change.REPLACE: proto.PropertyDiff.UPDATE_REPLACE,
}
REFUSALS = (ArmError, Existing, Cancelled, UnknownFunction)


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._stop = threading.Event()
        self._azure = Azure(storage, self._stop)
        self._location: str | None = None

    # --- the provider itself

    def GetPluginInfo(self, request: Any, context: Any) -> proto.PluginInfo:
        return proto.PluginInfo(version=VERSION)

    def CheckConfig(self, request: Any, context: Any) -> proto.CheckResponse:
        return proto.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> proto.DiffResponse:
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> proto.ConfigureResponse:
        told = {name.rpartition(":")[2]: value for name, value in request.variables.items()}
        wanted = told.get("subscriptionId") or os.environ.get("ARM_SUBSCRIPTION_ID") or SUBSCRIPTION
        self._azure.subscription = wanted if wanted != SUBSCRIPTION else None
        self._location = told.get("location") or os.environ.get("ARM_LOCATION")
        return proto.ConfigureResponse(
            acceptSecrets=True, acceptResources=False, acceptOutputs=False, supportsPreview=True
        )

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:
        self._stop.set()
        return empty_pb2.Empty()

    # --- resources

    def Check(self, request: Any, context: Any) -> proto.CheckResponse:
        kind, olds, news = self._kind(request, context), decode(request.olds), decode(request.news)
        name = request.urn.rpartition("::")[2]
        given = named(kind, name, request.randomSeed, olds, news, self._location)
        failures = [proto.CheckFailure(reason=problem) for problem in problems(kind, given)]
        return proto.CheckResponse(inputs=encode(given, secrets_in(request.news)), failures=failures)

    def Diff(self, request: Any, context: Any) -> proto.DiffResponse:
        olds, news = decode(request.old_inputs), decode(request.news)
        found = changes(self._kind(request, context), olds, news, decode(request.olds))
        replaces = sorted(path for path, change in found.items() if change is Change.REPLACE)
        return proto.DiffResponse(
            changes=proto.DiffResponse.DIFF_SOME if found else proto.DiffResponse.DIFF_NONE,
            replaces=replaces,
            diffs=sorted({path.split(".")[0].split("[")[0] for path in found}),
            detailedDiff={
                path: proto.PropertyDiff(kind=DIFFERENCES[change], inputDiff=True) for path, change in found.items()
            },
            hasDetailedDiff=True,
            deleteBeforeReplace=not olds[CREATE_FIRST] if CREATE_FIRST in olds else bool(replaces),
        )

    def Create(self, request: Any, context: Any) -> proto.CreateResponse:
        kind, given = self._kind(request, context), decode(request.properties)
        secrets = secrets_in(request.properties)
        if request.preview:
            return proto.CreateResponse(properties=encode(bodies.previewed(kind, given), secrets))
        identity = ids.resource_id(kind, given)
        body = bodies.request_body(kind, given)
        made = self._make(context, kind, identity, request.properties, lambda: self._azure.create(kind, identity, body))
        return proto.CreateResponse(id=made["id"], properties=encode(bodies.outputs(kind, made), secrets))

    def Update(self, request: Any, context: Any) -> proto.UpdateResponse:
        kind, given, secrets = self._kind(request, context), decode(request.news), secrets_in(request.news)
        if request.preview:
            olds = decode(request.olds)
            stable = {name: olds[name] for name in STABLE if name in olds}
            return proto.UpdateResponse(properties=encode({**bodies.previewed(kind, given), **stable}, secrets))
        body = bodies.request_body(kind, given)
        made = self._make(context, kind, request.id, request.news, lambda: self._azure.update(kind, request.id, body))
        return proto.UpdateResponse(properties=encode(bodies.outputs(kind, made), secrets))

    def Read(self, request: Any, context: Any) -> proto.ReadResponse:
        kind, identity = self._kind(request, context), request.id
        body = self._answer(context, lambda: self._azure.read(kind, identity))
        if body is None:
            return proto.ReadResponse(id="")
        state, olds, given = bodies.outputs(kind, body), decode(request.properties), decode(request.inputs)
        if given:
            given = applied(given, bodies.inputs(kind, olds), bodies.inputs(kind, state))
        else:  # an import
            given = {**(ids.parts(kind, identity) or {}), **bodies.imported(kind, body)}
        secrets = secrets_in(request.properties, request.inputs)
        return proto.ReadResponse(id=identity, properties=encode(state, secrets), inputs=encode(given, secrets))

    def Delete(self, request: Any, context: Any) -> empty_pb2.Empty:
        kind = self._kind(request, context)
        self._answer(context, lambda: self._azure.delete(kind, request.id))
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> proto.InvokeResponse:
        given = decode(request.args)
        told = self._answer(context, lambda: invoke(self._azure, self._storage.settings, request.tok, given))
        # `return` is a keyword of Python's, and the field's name.
        return proto.InvokeResponse(**{"return": encode(told)})

    # --- how questions are answered

    def _make(
        self, context: Any, kind: Kind, identity: str, inputs: struct_pb2.Struct, act: Callable[[], bodies.Body]
    ) -> bodies.Body:
        """Keeps what Azure began, although it came to nothing: the next run goes on from there."""
        try:
            return self._answer(context, act)
        except HalfMade as error:
            state = bodies.outputs(kind, self._azure.peek(kind, identity) or {})
            detail = proto.ErrorResourceInitFailed(
                id=identity, properties=encode(state, secrets_in(inputs)), reasons=[str(error)], inputs=inputs
            )
            _abort(context, str(error), detail)

    def _answer(self, context: Any, question: Callable[[], Answer]) -> Answer:
        try:
            return question()
        except REFUSALS as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
            raise  # abort has raised already

    def _kind(self, request: Any, context: Any) -> Kind:
        token = request.urn.split("::")[2].split("$")[-1]
        if token not in KINDS:
            context.abort(grpc.StatusCode.NOT_FOUND, f"the stand-in for Azure does not know the resource '{token}'")
        return KINDS[token]


def _abort(context: Any, text: str, detail: proto.ErrorResourceInitFailed) -> NoReturn:
    packed = any_pb2.Any()
    packed.Pack(detail)
    told = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=text, details=[packed])
    context.abort_with_status(
        SimpleNamespace(
            code=grpc.StatusCode.UNKNOWN,
            details=text,
            trailing_metadata=(("grpc-status-details-bin", told.SerializeToString()),),
        )
    )
    raise AssertionError  # abort raises


def serve(environ: Mapping[str, str] = os.environ) -> None:
    """Runs the plugin until the engine ends it."""
    if not environ.get(FOLDER):
        sys.exit(f"{FOLDER} must name the folder of a stand-in for Azure: this is no way to Azure itself")
    listener = grpc.server(ThreadPoolExecutor(MOST_QUESTIONS), options=_GRPC_CHANNEL_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(Storage(Path(environ[FOLDER]))), listener)
    # The engine's last word. Whoever ignores it is waited for, 5 s, and the plugins after it are told to have crashed.
    signal.signal(signal.SIGINT, lambda *_: listener.stop(grace=0))
    port = listener.add_insecure_port("127.0.0.1:0")
    listener.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    listener.wait_for_termination()
