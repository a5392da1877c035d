"""Who gets in, and how: roles, and the kubeconfig that Azure hands out."""

import base64

import pytest
import yaml
from parts.azure_graph import KUBECONFIG
from triton_serving.plan.azure.kubeconfig import decoded, signed_in
from triton_serving.plan.azure.roles import (
    PULL,
    PUSH,
    gives_roles,
    gives_roles_on_new,
    grants_deployer,
    role_assignment,
)

from .planned import CLUSTER, DEV, NODES

SERVER = ["--server-id", "6dae42f8-4368-4678-94ff-3960e28e3630"]
TENANT = ["--environment", "AzurePublicCloud", "--tenant-id", "11111111-1111-1111-1111-111111111111"]
LOCAL = """\
apiVersion: v1
kind: Config
users:
- name: admin
  user:
    client-certificate-data: Y2VydA==
"""


@pytest.mark.parametrize("login", ["azurecli", "workloadidentity", "msi"])
def test_it_signs_in_without_a_human_and_without_akss_own_client(login):
    [user] = yaml.safe_load(signed_in(KUBECONFIG, login))["users"]
    assert user["user"]["exec"]["args"] == ["get-token", "--login", login, *SERVER]
    assert user["user"]["exec"]["command"] == "kubelogin"


def test_an_application_says_its_tenant():
    [user] = yaml.safe_load(signed_in(KUBECONFIG, "spn"))["users"]
    assert user["user"]["exec"]["args"] == ["get-token", "--login", "spn", *SERVER, *TENANT]


def test_nothing_else_of_it_is_changed():
    before, after = yaml.safe_load(KUBECONFIG), yaml.safe_load(signed_in(KUBECONFIG, "azurecli"))
    before["users"][0]["user"]["exec"].pop("args")
    after["users"][0]["user"]["exec"].pop("args")
    assert after == before


@pytest.mark.parametrize("other", [LOCAL, LOCAL.replace("users:", "others:"), KUBECONFIG.replace("kubelogin", "aws")])
def test_one_without_kubelogin_stays_as_it_is(other):
    assert signed_in(other, "azurecli") == other


def test_a_second_time_changes_nothing():
    once = signed_in(KUBECONFIG, "workloadidentity")
    assert signed_in(once, "workloadidentity") == once


def test_azure_sends_it_in_base64():
    answer = {"kubeconfigs": [{"name": "clusterUser", "value": base64.b64encode("Ä\n".encode()).decode()}]}
    assert decoded(answer) == "Ä\n"


def test_the_same_role_for_the_same_principal_has_the_same_name_and_no_other():
    once = role_assignment(PULL, CLUSTER, "someone")
    assert (
        role_assignment(PULL, CLUSTER.replace("resourceGroups", "resourcegroups"), "someone")["roleAssignmentName"]
        == once["roleAssignmentName"]
    )
    others = [role_assignment(PUSH, CLUSTER, "someone"), role_assignment(PULL, CLUSTER, "another")]
    others.append(role_assignment(PULL, NODES, "someone"))
    assert len({one["roleAssignmentName"] for one in [once, *others]}) == 4


def test_a_role_is_one_of_the_scopes_subscription():
    assert role_assignment(PULL, CLUSTER, "someone")["roleDefinitionId"] == (
        "/subscriptions/00000000-0000-0000-0000-000000000001/providers/Microsoft.Authorization/roleDefinitions/"
        "7f951dda-4ed3-4680-a7ca-43fe172d538d"
    )


@pytest.mark.parametrize(
    ("given", "deployer", "any_role", "on_new"),
    [
        (DEV, True, True, True),
        (DEV | {"grantDeployer": False}, False, True, True),
        ({"location": "x", "grantDeployer": False}, False, False, False),
        ({"location": "x", "grantDeployer": False, "subnetId": NODES}, False, True, False),
        ({"adoptCluster": "shared", "subnetId": NODES}, False, False, False),
        ({"adoptCluster": "shared", "grantDeployer": True}, True, True, False),
        ({"adoptCluster": "shared", "adoptRegistry": "r"}, False, True, False),
    ],
    ids=["made", "not wanted", "none", "own subnet", "adopted", "adopted and wanted", "adopted both"],
)
def test_rights_are_given_only_where_they_are_needed(given, deployer, any_role, on_new):
    found = (grants_deployer(given), gives_roles(given), gives_roles_on_new(given))
    assert found == (deployer, any_role, on_new)
