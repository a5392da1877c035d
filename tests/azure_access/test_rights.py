"""Whether a login and its subscription may make the cluster: from Azure's answers alone."""

from dataclasses import replace
from typing import Any

import pytest
from triton_serving.azure_access.answers import HERE, Rights, read_rights
from triton_serving.azure_access.capacity import Pool, capacity_problems, may

from .subscription import A100, FINE, OWNER, problems, wanted

GRANTING = "Microsoft.Authorization/roleAssignments/write"


@pytest.mark.parametrize(
    ("rights", "action", "allowed"),
    [
        ([{"actions": ["*"]}], GRANTING, True),
        ([{"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"]}], GRANTING, False),
        ([{"actions": ["microsoft.authorization/roleassignments/*"]}], GRANTING, True),
        ([{"actions": ["*/read"]}], GRANTING, False),
        ([{"actions": ["*"], "notActions": ["*/write"]}, {"actions": ["A/b/write"]}], "A/b/write", True),
        ([], "A/b/write", False),
    ],
)
def test_rights_are_read_as_azure_means_them(rights: Any, action: str, allowed: bool) -> None:
    assert may(read_rights(rights), action) is allowed


CONTRIBUTOR = (Rights(("*",), ("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write")),)
POOLS_ONLY = (Rights(("Microsoft.ContainerService/managedClusters/agentPools/*",), ()),)


@pytest.mark.parametrize(
    ("rights", "more", "missing"),
    [
        (CONTRIBUTOR, {}, []),
        (CONTRIBUTOR, {"grants_roles": True}, ["roleAssignments/write"]),
        (OWNER, {"grants_roles": True}, []),
        (POOLS_ONLY, {"group": "shop"}, ["managedClusters/write"]),
        (POOLS_ONLY, {"group": "shop", "makes_cluster": False}, []),
        (None, {"grants_roles": True}, []),
        ((), {"makes_cluster": False, "grants_roles": True}, []),
        (POOLS_ONLY, {"group": "shop", "makes_cluster": False, "grants_roles": True}, ["roleAssignments/write"]),
    ],
)
def test_what_the_login_may_not_do_is_told(rights: Any, more: dict[str, Any], missing: list[str]) -> None:
    known = {} if rights is None else {HERE: rights}
    said = capacity_problems(replace(FINE, rights=known), wanted(Pool("a", A100, 1), **more))
    assert len(said) == len(missing)
    assert all(action in line and "AuthorizationFailed" in line for action, line in zip(missing, said, strict=True))


def test_roles_on_what_is_there_take_a_right_there_and_not_here() -> None:
    mine, other, gone = (
        f"/subscriptions/x/resourceGroups/y/providers/Microsoft.ContainerRegistry/registries/{name}"
        for name in ("mine", "other", "gone")
    )
    answers = replace(FINE, rights={HERE: CONTRIBUTOR, mine: OWNER, other: CONTRIBUTOR}, lost=(gone,))
    said = capacity_problems(answers, wanted(Pool("a", A100, 1), roles_on=(mine, other, gone)))
    assert len(said) == 2
    assert "ResourceNotFound" in said[0]
    assert "roleAssignments/write on 'other'" in said[1]


def test_a_resource_group_that_is_not_there_is_told() -> None:
    said = problems(Pool("a", A100, 1), answers=replace(FINE, rights={}, lost=(HERE,)), group="shop")
    assert said.startswith("'resourceGroup' must be one that is there (got 'shop': ResourceGroupNotFound)")


@pytest.mark.parametrize("state", ["NotRegistered", "Unregistered", "Unregistering"])
def test_a_missing_registration_is_told(state: str) -> None:
    said = problems(Pool("a", A100, 1), answers=replace(FINE, registered={"Microsoft.Network": state}))
    assert "az provider register --namespace Microsoft.Network" in said
    assert state in said


def test_pools_in_a_cluster_that_is_there_need_no_other_registration() -> None:
    states = {"Microsoft.ManagedIdentity": "NotRegistered", "Microsoft.Compute": "NotRegistered"}
    said = problems(Pool("a", A100, 1), answers=replace(FINE, registered=states), makes_cluster=False)
    assert said.count("az provider register") == 1
    assert "Microsoft.Compute" in said
