"""Who may do what: the roles that are given, each with its reason."""

import uuid
from dataclasses import dataclass

from .azure_id import parse
from .purpose import Given


@dataclass(frozen=True)
class Role:
    title: str
    """What Azure's portal calls it."""
    definition: str
    """The id of its definition, the same in every tenant."""


PULL = Role("AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d")
"""For the kubelets' identity, on the registry: nodes pull images and mount models without a password."""
PUSH = Role("AcrPush", "8311e382-0749-4cb8-b61a-304f252e45ec")
"""For whoever runs `pulumi up`, on a registry that is made here: it pushes the models and images. Being the owner of
the resource is not enough to write into it."""
DELETE = Role("AcrDelete", "c2f4ef07-c644-48eb-af81-4b1b4947fb11")
"""For whoever runs `pulumi up`, there too: it takes away versions beyond `keep_versions`, and on `destroy` all of them.
AcrPush alone leaves them there, and Azure bills them."""
CLUSTER_ADMIN = Role("Azure Kubernetes Service RBAC Cluster Admin", "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b")
"""For whoever runs `pulumi up`, on the cluster: it makes namespaces and the objects in them. With local accounts off
there is no other way in, whoever made the cluster."""
NETWORK = Role("Network Contributor", "4d97b98b-1d4f-4787-a291-c67834d212e7")
"""For the cluster's own identity, on a subnet of the user's: AKS joins nodes and load balancers to it."""


def grants_deployer(given: Given) -> bool:
    """On a cluster that is adopted only when asked: it is not to be changed, and two stacks that adopt it would give
    the same role twice, which Azure refuses."""
    return bool(given.get("grantDeployer", "adoptCluster" not in given))


def gives_roles(given: Given) -> bool:
    """Which itself takes a right that not everybody has: to write role assignments."""
    joins = "subnetId" in given and "adoptCluster" not in given
    return grants_deployer(given) or joins or "registryName" in given or "adoptRegistry" in given


def gives_roles_on_new(given: Given) -> bool:
    """On what is made here, in its group; not on what is there already."""
    return "registryName" in given or ("adoptCluster" not in given and grants_deployer(given))


def role_assignment(role: Role, scope: str, principal: str) -> dict[str, str]:
    """Its name follows from what it says, so that an update that was cut off comes to the same one again."""
    subscription = parse(scope).subscription
    definition = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role.definition}"
    named = uuid.uuid5(uuid.NAMESPACE_URL, f"{scope.casefold()}|{principal}|{role.definition}")
    return {
        "scope": scope,
        "roleAssignmentName": str(named),
        "roleDefinitionId": definition,
        "principalId": principal,
    }
