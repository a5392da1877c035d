"""The functions of pulumi-azure-native that the stand-in answers: looks at resources, and what only Azure tells."""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from . import ids
from .azure import Azure, whole
from .bodies import at, outputs
from .errors import ArmError, not_found
from .faults import CALLER
from .filled import TENANT
from .kinds import KINDS, SUBSCRIPTION, Kind
from .storage import Settings, World

Result = dict[str, Any]
READ = {f"{kind.token.rpartition(':')[0]}:get{kind.name}": kind for kind in KINDS.values()}
CREDENTIALS = {
    "azure-native:containerservice:listManagedClusterUserCredentials": "clusterUser",
    "azure-native:containerservice:listManagedClusterAdminCredentials": "clusterAdmin",
}
CLIENT_CONFIG = "azure-native:authorization:getClientConfig"
CLUSTER = KINDS["azure-native:containerservice:ManagedCluster"]


class UnknownFunction(Exception):
    pass


def invoke(azure: Azure, settings: Settings, token: str, given: Mapping[str, Any]) -> Result:
    name = token.rpartition(":")[2]
    if token == CLIENT_CONFIG:
        _only(token, given, set())
        return azure.look(name, f"/subscriptions/{SUBSCRIPTION}", _client)
    if token in CREDENTIALS:
        _only(token, given, {*CLUSTER.names, "serverFqdn", "format"})
        identity = _identity(CLUSTER, token, given)
        return azure.look(name, identity, lambda world: _credentials(world, settings, identity, CREDENTIALS[token]))
    if token in READ:
        kind = READ[token]
        _only(token, given, {*kind.names, "expand"})
        identity = _identity(kind, token, given)
        return azure.look(name, identity, _reader(kind, identity))
    raise UnknownFunction(f"the stand-in for Azure does not know the function '{token}'")


def _reader(kind: Kind, identity: str) -> Callable[[World], Result]:
    def read(world: World) -> Result:
        body = whole(world, kind, identity)
        if body is None:
            group = ids.group_of(identity)
            missing_group = group if group and world.get(group) is None else None
            raise not_found(identity, missing_group)
        return outputs(kind, body)

    return read


def _client(_: World) -> Result:
    return {
        "clientId": CALLER.replace("ca", "cb"),
        "objectId": CALLER,
        "subscriptionId": SUBSCRIPTION,
        "tenantId": TENANT,
    }


def _credentials(world: World, settings: Settings, identity: str, name: str) -> Result:
    cluster = whole(world, CLUSTER, identity)
    if cluster is None:
        raise not_found(identity)
    if name == "clusterAdmin" and at(cluster, "properties", "disableLocalAccounts"):
        raise ArmError(
            "BadRequest",
            "Getting static credential is not allowed because this cluster is set to disable local accounts.",
        )
    if settings.kubeconfig is None:
        raise ArmError("InternalServerError", "The stand-in was given no kubeconfig to hand out.", status=501)
    value = base64.b64encode(Path(settings.kubeconfig).read_bytes()).decode()
    return {"kubeconfigs": [{"name": name, "value": value}]}


def _only(token: str, given: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(given) - known):
        raise UnknownFunction(f"{token} takes no {', '.join(unknown)}")


def _identity(kind: Kind, token: str, given: Mapping[str, Any]) -> str:
    if missing := [name for name in kind.names if not given.get(name)]:
        raise UnknownFunction(f"{token} needs {', '.join(missing)}")
    return ids.resource_id(kind, given)
