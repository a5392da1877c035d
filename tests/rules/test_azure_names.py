"""Names, ids, regions and tags of Azure."""

import pytest
from triton_serving.rules.azure_names import (
    adopted_cluster_problem,
    azure_tags_problem,
    cluster_name_problem,
    guid_problem,
    location_problem,
    registry_id_problem,
    registry_name_problem,
    resource_group_problem,
    subnet_id_problem,
)

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/ml"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks-gpu"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/models"
SUBNET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/nodes"


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        (cluster_name_problem, ["a", "aks-gpu", "AKS_1", "a" * 63]),
        (resource_group_problem, ["ml", "a.b-(c)_1", "möbel", "a" * 90]),
        (registry_name_problem, ["model", "Models123", "a" * 50]),
        (location_problem, ["westeurope", "eastus2", "marscentral"]),
        (registry_id_problem, [REGISTRY, REGISTRY.replace("resourceGroups", "resourcegroups").lower()]),
        (adopted_cluster_problem, [CLUSTER, "aks-gpu"]),
        (subnet_id_problem, [SUBNET]),
        (guid_problem, ["0aB45678-0000-1111-2222-333333333333"]),
        (azure_tags_problem, [{}, {"team": "vision", "cost center": "12"}, {f"t{n}": "" for n in range(50)}]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_azure_takes_passes(rule, values):
    assert [rule(value) for value in values] == [None] * len(values)


@pytest.mark.parametrize(
    ("rule", "value", "told"),
    [
        (cluster_name_problem, "-aks", "a letter or digit first and last"),
        (cluster_name_problem, "a" * 64, "1 to 63"),
        (cluster_name_problem, "äks", "1 to 63"),
        (cluster_name_problem, "", "choose another"),
        (resource_group_problem, "ml.", "no '.' last"),
        (resource_group_problem, "a" * 91, "1 to 90"),
        (resource_group_problem, GROUP, "write ml"),
        (registry_name_problem, "ml-models", "try mlmodels"),
        (registry_name_problem, "models.azurecr.io", "try models"),
        (registry_name_problem, "abc", "nobody else in Azure has"),
        (registry_name_problem, "a" * 51, "5 to 50"),
        (location_problem, "West Europe", "say westeurope"),
        (location_problem, "East US 2", "say eastus2"),
        (location_problem, "eu-west-1", "az account list-locations"),
        (location_problem, "westeurop", "did you mean westeurope?"),
        (location_problem, 3, "got 3"),
        (registry_id_problem, "models", "az acr show"),
        (registry_id_problem, CLUSTER, "got one of Microsoft.ContainerService/managedClusters"),
        (registry_id_problem, f"{REGISTRY}/tasks/x", "must be the id of a container registry"),
        (adopted_cluster_problem, REGISTRY, "must be the id of an AKS cluster"),
        (adopted_cluster_problem, f"{CLUSTER}/agentPools/gpu", "must be the id of an AKS cluster"),
        (adopted_cluster_problem, "clusters/aks", "az aks show"),
        (adopted_cluster_problem, "", "az aks show"),
        (subnet_id_problem, "nodes", "Azure id of a subnet"),
        (subnet_id_problem, SUBNET.rpartition("/subnets")[0], "subnets/SUBNET"),
        (subnet_id_problem, SUBNET.replace("nodes", "n" * 64), "at most 63 letters"),
        (guid_problem, "admins", "az ad group show"),
        (azure_tags_problem, {f"t{n}": "" for n in range(51)}, "at most 50 (got 51)"),
        (azure_tags_problem, {"a/b": "c"}, "names without"),
        (azure_tags_problem, {"": "c"}, "1 to 512"),
        (azure_tags_problem, {"a": "c" * 257}, "at most 256"),
        (azure_tags_problem, {"Azure-x": "c"}, "Azure's own"),
        (azure_tags_problem, {"Team": "a", "team": "b"}, "upper and lower case"),
        (azure_tags_problem, {"SkipGPUDriverInstall": "true"}, "set driver of the pool to 'none'"),
        (azure_tags_problem, {"a": 1}, "quote numbers"),
        (azure_tags_problem, ["a"], "names with a text each"),
    ],
)
def test_what_azure_refuses_is_told_with_a_way_out(rule, value, told):
    problem = rule(value) or ""
    assert told in problem
    assert "; " in problem


def test_all_wrong_tags_are_told_at_once():
    problem = azure_tags_problem({"a/b": "c", "Azure-x": "c", "Team": "a", "team": "b", "fine": "", "": "c"}) or ""
    for told in ("got 'a/b'", "got 'Azure-x'", "got 'Team' and 'team'", "got ''"):
        assert told in problem
    assert "fine" not in problem
