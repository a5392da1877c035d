"""The stand-in over a real connection, asked as the engine asks it, without an engine."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from parts.stand_in_azure import StandInAzure
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2_grpc, status_pb2
from triton_serving.resources.values import decode, encode

from stand_in_azure.kinds import SUBSCRIPTION
from stand_in_azure.server import Provider
from stand_in_azure.storage import Storage

Inputs = dict[str, Any]
ROLES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
PULL = f"{ROLES}/7f951dda-4ed3-4680-a7ca-43fe172d538d"
ROLE_NAME = "0f3f7a51-6e8c-4f0f-9f10-4f1d6a7c0001"
SYSTEM = {"name": "system", "mode": "System", "count": 1, "vmSize": "Standard_D4ds_v5"}
PLACE = {"resourceGroupName": "shop", "location": "westeurope"}


class Refused(Exception):
    """With what Pulumi kept, where it kept anything."""

    kept: str = ""


class Asking:
    def __init__(self, stub: Any) -> None:
        self._stub = stub

    def check(self, token: str, /, **given: Any) -> list[str]:
        answer = self._stub.Check(proto.CheckRequest(urn=_urn(token), news=encode(given)))
        return [failure.reason for failure in answer.failures]

    def make(self, token: str, /, **given: Any) -> tuple[str, Inputs]:
        checked = self._stub.Check(proto.CheckRequest(urn=_urn(token), news=encode(given)))
        if checked.failures:
            raise Refused("\n".join(failure.reason for failure in checked.failures))
        made = self._ask("Create", proto.CreateRequest(urn=_urn(token), properties=checked.inputs))
        return made.id, decode(made.properties)

    def update(self, token: str, identity: str, /, **given: Any) -> Inputs:
        made = self._ask("Update", proto.UpdateRequest(urn=_urn(token), id=identity, news=encode(given)))
        return decode(made.properties)

    def delete(self, token: str, identity: str) -> None:
        self._ask("Delete", proto.DeleteRequest(urn=_urn(token), id=identity))

    def read(self, token: str, identity: str, state: Inputs, given: Inputs) -> tuple[str, Inputs, Inputs]:
        asked = proto.ReadRequest(urn=_urn(token), id=identity, properties=encode(state), inputs=encode(given))
        told = self._ask("Read", asked)
        return told.id, decode(told.properties), decode(told.inputs)

    def diff(self, token: str, olds: Inputs, news: Inputs, state: Inputs | None = None) -> Any:
        told = {"olds": encode(state or {}), "old_inputs": encode(olds), "news": encode(news)}
        return self._ask("Diff", proto.DiffRequest(urn=_urn(token), **told))

    def preview(self, token: str, /, **given: Any) -> Inputs:
        asked = proto.CreateRequest(urn=_urn(token), properties=encode(given), preview=True)
        return decode(self._ask("Create", asked).properties)

    def invoke(self, token: str, /, **given: Any) -> Inputs:
        return decode(getattr(self._ask("Invoke", proto.InvokeRequest(tok=token, args=encode(given))), "return"))

    def configure(self, **variables: str) -> None:
        told = {f"azure-native:config:{name}": value for name, value in variables.items()}
        self._ask("Configure", proto.ConfigureRequest(variables=told))

    def cancel(self) -> None:
        self._stub.Cancel(empty_pb2.Empty())

    # --- what most tests need to be there

    def group(self) -> str:
        return self.make("resources:ResourceGroup", resourceGroupName="shop", location="westeurope")[0]

    def registry(self, **given: Any) -> tuple[str, Inputs]:
        told = {**PLACE, "registryName": "shopimages", "sku": {"name": "Standard"}, **given}
        return self.make("containerregistry:Registry", **told)

    def identity(self, name: str = "shop-identity") -> tuple[str, Inputs]:
        return self.make("managedidentity:UserAssignedIdentity", **PLACE, resourceName=name)

    def cluster(self, **given: Any) -> tuple[str, Inputs]:
        return self.make("containerservice:ManagedCluster", **cluster(**given))

    def pool(self, **given: Any) -> tuple[str, Inputs]:
        return self.make("containerservice:AgentPool", **pool(**given))

    def _ask(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub, method)(request)
        except grpc.RpcError as error:
            refused = Refused(error.details())
            trailing: Any = error.trailing_metadata()
            for name, value in trailing:
                if name == "grpc-status-details-bin":
                    detail = proto.ErrorResourceInitFailed()
                    status_pb2.Status.FromString(value).details[0].Unpack(detail)
                    refused.kept = detail.id
            raise refused from None


def cluster(**given: Any) -> Inputs:
    told = {"resourceName": "shop", "dnsPrefix": "shop", "identity": {"type": "SystemAssigned"}}
    return {**PLACE, **told, "agentPoolProfiles": [SYSTEM], **given}


def pool(**given: Any) -> Inputs:
    """Scales from none to one, with GPUs."""
    told = {"resourceGroupName": "shop", "resourceName": "shop", "agentPoolName": "gpu", "mode": "User"}
    scale = {"enableAutoScaling": True, "minCount": 0, "maxCount": 1}
    return {**told, "vmSize": "Standard_NC24ads_A100_v4", **scale, **given}


def role(scope: str, principal: str, /, **given: Any) -> Inputs:
    told = {"roleAssignmentName": ROLE_NAME, "principalType": "ServicePrincipal", "roleDefinitionId": PULL}
    return {**told, "scope": scope, "principalId": principal, **given}


def _urn(token: str) -> str:
    return f"urn:pulumi:dev::shop::azure-native:{token}::it"


@pytest.fixture
def azure(tmp_path: Path) -> StandInAzure:
    return StandInAzure(tmp_path / "azure", registry="127.0.0.1:5000")


@pytest.fixture
def asking(azure: StandInAzure) -> Iterator[Asking]:
    server = grpc.server(ThreadPoolExecutor(8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(Storage(azure.folder)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Asking(provider_pb2_grpc.ResourceProviderStub(channel))
    server.stop(None)


@pytest.fixture
def shop(asking: Asking) -> Mapping[str, str]:
    """The ids of a group with a registry and a cluster in it."""
    return {"group": asking.group(), "registry": asking.registry()[0], "cluster": asking.cluster()[0]}
