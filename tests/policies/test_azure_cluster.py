"""AKS clusters."""

from copy import deepcopy

import pytest
from parts.policy_rules import judged
from triton_policies.kinds import CLUSTER
from triton_policies.rule import UNKNOWN

RULES = ("cluster-identity", "cluster-api", "cluster-network", "cluster-upkeep")
GOOD = {
    "disableLocalAccounts": True,
    "enableRBAC": True,
    "aadProfile": {"managed": True, "enableAzureRBAC": True},
    "oidcIssuerProfile": {"enabled": True},
    "securityProfile": {"workloadIdentity": {"enabled": True}, "imageCleaner": {"enabled": True}},
    "apiServerAccessProfile": {"authorizedIPRanges": ["203.0.113.0/24"]},
    "networkProfile": {"networkPolicy": "cilium", "networkDataplane": "cilium"},
    "addonProfiles": {"azurepolicy": {"enabled": True}},
    "autoUpgradeProfile": {"upgradeChannel": "patch", "nodeOSUpgradeChannel": "NodeImage"},
}
SWITCHES = {
    "disableLocalAccounts": "cluster-identity",
    "aadProfile.managed": "cluster-identity",
    "aadProfile.enableAzureRBAC": "cluster-identity",
    "oidcIssuerProfile.enabled": "cluster-identity",
    "securityProfile.workloadIdentity.enabled": "cluster-identity",
    "networkProfile.networkPolicy": "cluster-network",
    "networkProfile.networkDataplane": "cluster-network",
    "addonProfiles.azurepolicy.enabled": "cluster-upkeep",
    "securityProfile.imageCleaner.enabled": "cluster-upkeep",
    "autoUpgradeProfile.upgradeChannel": "cluster-upkeep",
    "autoUpgradeProfile.nodeOSUpgradeChannel": "cluster-upkeep",
}


def cluster(path, value):
    """A good cluster but for one value; None takes it away."""
    changed = deepcopy(GOOD)
    *above, last = path.split(".")
    place = changed
    for name in above:
        place = place[name]
    place[last] = value
    if value is None:
        del place[last]
    return changed


def all_told(given):
    return {rule: told for rule in RULES if (told := judged(rule, CLUSTER, given))}


def test_a_cluster_as_it_should_be_passes():
    assert all_told(GOOD) == {}


@pytest.mark.parametrize("path", SWITCHES)
@pytest.mark.parametrize("value", [None, False, "none"])
def test_what_is_missing_or_off_is_refused_by_one_rule(path, value):
    ((rule, (told,)),) = all_told(cluster(path, value)).items()
    assert rule == SWITCHES[path]
    assert told.startswith(f"'{path}' must be ")


@pytest.mark.parametrize("path", [*SWITCHES, *GOOD])
def test_what_is_not_known_yet_is_not_judged(path):
    assert all_told(cluster(path, UNKNOWN)) == {}


def test_roles_are_on_by_default():
    assert all_told(cluster("enableRBAC", None)) == {}
    assert list(all_told(cluster("enableRBAC", False))) == ["cluster-identity"]


@pytest.mark.parametrize(
    "access",
    [
        {"enablePrivateCluster": True},
        {"enablePrivateCluster": UNKNOWN},
        {"authorizedIPRanges": ["203.0.113.7/32", UNKNOWN]},
        {"authorizedIPRanges": UNKNOWN},
    ],
)
def test_the_api_is_private_or_limited(access):
    assert judged("cluster-api", CLUSTER, {"apiServerAccessProfile": access}) == []


@pytest.mark.parametrize(
    "access",
    [{}, {"authorizedIPRanges": []}, {"authorizedIPRanges": ["0.0.0.0/0"]}, {"authorizedIPRanges": ["::/0"]}],
)
def test_an_api_that_everybody_reaches_is_refused(access):
    assert judged("cluster-api", CLUSTER, {"apiServerAccessProfile": access}) != []
    assert judged("cluster-api", CLUSTER, {}) != []


def test_the_channels_can_be_chosen():
    assert judged("cluster-upkeep", CLUSTER, GOOD, upgradeChannels=["stable"]) != []
