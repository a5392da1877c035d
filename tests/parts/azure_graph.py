"""What a component declares of Azure, recorded by a stand-in for the engine, with Azure's answers to its questions."""

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto import resource_pb2

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
DEPLOYER = "00000000-0000-0000-0000-00000000000d"
KUBELETS = "00000000-0000-0000-0000-00000000000f"
_IDS = {
    "azure-native:resources:ResourceGroup": "{group}",
    "azure-native:managedidentity:UserAssignedIdentity": "Microsoft.ManagedIdentity/userAssignedIdentities",
    "azure-native:containerservice:ManagedCluster": "Microsoft.ContainerService/managedClusters",
    "azure-native:containerregistry:Registry": "Microsoft.ContainerRegistry/registries",
}
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters:
- name: gpu
  cluster:
    server: https://gpu-0a1b2c3d.hcp.westeurope.azmk8s.io:443
    certificate-authority-data: Y2VydGlmaWNhdGU=
contexts:
- name: gpu
  context: {cluster: gpu, user: clusterUser_serving_gpu}
current-context: gpu
users:
- name: clusterUser_serving_gpu
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: kubelogin
      args:
      - get-token
      - --environment
      - AzurePublicCloud
      - --server-id
      - 6dae42f8-4368-4678-94ff-3960e28e3630
      - --client-id
      - 80faf920-1908-4b52-b5ef-a8e7bedfc67a
      - --tenant-id
      - 11111111-1111-1111-1111-111111111111
      - --login
      - devicecode
      env: null
      provideClusterInfo: false
"""
"""As AKS hands it out for a cluster without local accounts."""


def azure_id(kind: str, group: str, name: str) -> str:
    return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/{kind}/{name}"


def cluster_id(group: str, name: str) -> str:
    return azure_id("Microsoft.ContainerService/managedClusters", group, name)


def registry_id(group: str, name: str) -> str:
    return azure_id("Microsoft.ContainerRegistry/registries", group, name)


def cluster_facts(group: str, name: str, **more: Any) -> dict[str, Any]:
    """A good cluster, made elsewhere, as Azure describes it."""
    return {
        "id": cluster_id(group, name),
        "name": name,
        "location": "northeurope",
        "provisioningState": "Succeeded",
        "powerState": {"code": "Running"},
        "kubernetesVersion": "1.35",
        "currentKubernetesVersion": "1.35.3",
        "disableLocalAccounts": True,
        "networkProfile": {"networkPolicy": "cilium"},
        "identityProfile": {"kubeletidentity": {"objectId": KUBELETS}},
        "oidcIssuerProfile": {"enabled": True, "issuerURL": "https://oidc.example/1/"},
        "agentPoolProfiles": [
            {"name": "system", "vmSize": "Standard_D4ds_v5", "count": 3, "enableAutoScaling": False},
            {
                "name": "a100",
                "vmSize": "Standard_NC24ads_A100_v4",
                "count": 1,
                "maxCount": 3,
                "enableAutoScaling": True,
            },
        ],
        **more,
    }


@dataclass
class AzureGraph(pulumi.runtime.Mocks):
    """In a preview nothing is there yet: what is declared has no id, and no outputs."""

    preview: bool
    facts: dict[str, Any] | None = None
    """Of the cluster that is there; by default that which was declared."""
    refusals: dict[str, str] = field(default_factory=dict)
    """By the function that is called, what Pulumi says that Azure says."""
    kubeconfig: str = KUBECONFIG
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    declared: dict[str, resource_pb2.RegisterResourceRequest] = field(default_factory=dict)
    """By the resources' names, in the order in which they were declared."""

    def start(self) -> None:
        monitor = _Recorder(self)
        pulumi.runtime.set_mocks(self, project="shop", stack="dev", preview=self.preview, monitor=monitor)

    def deploy(self, program: Callable[[], Any]) -> Any:
        made = []
        pulumi.runtime.test(lambda: made.append(program()))()
        return made[0]

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.inputs[args.name] = args.inputs
        if self.preview and args.custom:
            return "", args.inputs
        computed = {"principalId": "00000000-0000-0000-0000-00000000000c"}
        if args.typ.endswith(":ClusterEntrance"):
            computed = {"openedKubeconfig": args.inputs["kubeconfig"]}
        return self._id(args), {**args.inputs, **computed}

    def _id(self, args: pulumi.runtime.MockResourceArgs) -> str:
        kind, given = _IDS.get(args.typ), args.inputs
        if kind is None:
            return f"{args.name}-id"
        group = given["resourceGroupName"]
        if args.typ.endswith("ResourceGroup"):
            return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}"
        return azure_id(kind, group, given.get("resourceName", given.get("registryName")))

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        function = args.token.removeprefix("azure-native:")
        self.asked.append((function, args.args))
        if function in self.refusals:
            raise RuntimeError(self.refusals[function])
        return self._answers()[function](args.args)

    def _answers(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        encoded = base64.b64encode(self.kubeconfig.encode()).decode()
        return {
            "authorization:getClientConfig": lambda _: {"subscriptionId": SUBSCRIPTION, "objectId": DEPLOYER},
            "resources:getResourceGroup": lambda _: {"location": "swedencentral"},
            "containerservice:getManagedCluster": lambda given: (
                self.facts or cluster_facts(given["resourceGroupName"], given["resourceName"])
            ),
            "containerservice:listManagedClusterUserCredentials": lambda _: {
                "kubeconfigs": [{"name": "clusterUser", "value": encoded}]
            },
            "containerregistry:getRegistry": lambda given: {
                "id": registry_id(given["resourceGroupName"], given["registryName"]),
                "loginServer": f"{given['registryName']}.azurecr.io",
            },
        }

    def of_type(self, typ: str) -> list[str]:
        return [name for name, request in self.declared.items() if request.type == typ]

    def depends(self, name: str) -> set[str]:
        """The names of what it waits for."""
        return {urn.rpartition("::")[2] for urn in self.declared[name].dependencies}

    def is_secret(self, name: str, key: str) -> bool:
        value = self.declared[name].object.fields[key]
        return rpc._special_sig_key in value.struct_value.fields


class _Recorder(MockMonitor):
    def __init__(self, graph: AzureGraph) -> None:
        super().__init__(graph)
        self._graph = graph

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:
        if request.type != "pulumi:pulumi:Stack":
            self._graph.declared[request.name] = request
        return super().RegisterResource(request)


def outputs_of(*outputs: pulumi.Output[Any]) -> tuple[bool, Any]:
    """Whether all of them are known, and what they are."""

    async def look() -> tuple[bool, Any]:
        everything = pulumi.Output.all(*outputs)
        return await everything.is_known(), await everything.future()

    return asyncio.get_event_loop().run_until_complete(look())
