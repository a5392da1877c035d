"""The cluster, its network, its windows and its registry, as Azure gets them."""

import pytest
from triton_serving.plan.azure.maintenance import windows
from triton_serving.plan.azure.managed_cluster import left_to_azure, managed_cluster
from triton_serving.plan.azure.network import api_access, network_profile
from triton_serving.plan.azure.registry import registry

from .planned import DEV, IDENTITY, NODES, PROD


def planned(given):
    return managed_cluster(given, "gpu_1", "vision", "westeurope", IDENTITY)


@pytest.mark.parametrize("given", [DEV, PROD], ids=["dev", "prod"])
def test_nobody_gets_in_but_by_entra(given):
    cluster = planned(given)
    assert (cluster["disableLocalAccounts"], cluster["enableRBAC"]) == (True, True)
    assert (cluster["aadProfile"]["managed"], cluster["aadProfile"]["enableAzureRBAC"]) == (True, True)
    assert cluster["aadProfile"]["adminGroupObjectIDs"] == given.get("adminGroupIds", [])
    assert cluster["identity"] == {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]}


@pytest.mark.parametrize("given", [DEV, PROD], ids=["dev", "prod"])
def test_what_keeps_a_cluster_safe_is_on_from_the_start(given):
    cluster = planned(given)
    assert cluster["oidcIssuerProfile"] == {"enabled": True}
    assert cluster["securityProfile"]["workloadIdentity"] == {"enabled": True}
    assert cluster["securityProfile"]["imageCleaner"] == {"enabled": True, "intervalHours": 168}
    assert cluster["addonProfiles"] == {"azurepolicy": {"enabled": True}}
    assert cluster["autoUpgradeProfile"] == {"upgradeChannel": "patch", "nodeOSUpgradeChannel": "NodeImage"}


def test_prod_has_an_uptime_guarantee_and_dev_costs_nothing():
    assert planned(DEV)["sku"] == {"name": "Base", "tier": "Free"}
    assert planned(PROD)["sku"] == {"name": "Base", "tier": "Standard"}


def test_names_that_azure_restricts_follow_from_the_clusters():
    cluster = planned(DEV)
    assert (cluster["dnsPrefix"], cluster["nodeResourceGroup"]) == ("gpu-1", "gpu_1-nodes")
    longest = managed_cluster(DEV, "a" * 53 + "-" + "b" * 9, "vision", "westeurope", IDENTITY)
    assert longest["dnsPrefix"] == "a" * 53


def test_the_version_is_azures_where_a_channel_raises_it():
    assert planned(DEV)["kubernetesVersion"] == "1.36"
    assert left_to_azure(DEV) == []
    raised = DEV | {"upgradeChannel": "rapid"}
    assert "kubernetesVersion" not in planned(raised)
    assert "kubernetesVersion" in left_to_azure(raised)


def test_pods_have_a_network_of_their_own_and_policies_that_are_enforced():
    network = network_profile(DEV)
    assert [network[key] for key in ("networkPlugin", "networkPluginMode", "networkDataplane", "networkPolicy")] == [
        "azure",
        "overlay",
        "cilium",
        "cilium",
    ]
    assert [network[key] for key in ("podCidr", "serviceCidr", "dnsServiceIP")] == [
        "10.244.0.0/16",
        "10.0.0.0/16",
        "10.0.0.10",
    ]
    assert network_profile(DEV | {"serviceCidr": "172.16.8.0/22"})["dnsServiceIP"] == "172.16.8.10"


@pytest.mark.parametrize(
    ("given", "outbound"),
    [
        ({}, "loadBalancer"),
        ({"outbound": "nat-gateway"}, "managedNATGateway"),
        ({"outbound": "nat-gateway", "subnetId": NODES}, "userAssignedNATGateway"),
        ({"outbound": "user-defined", "subnetId": NODES}, "userDefinedRouting"),
    ],
    ids=["default", "nat of aks", "nat of the user", "routes"],
)
def test_nodes_reach_the_outside_as_was_asked(given, outbound):
    assert network_profile(given)["outboundType"] == outbound


def test_the_api_is_reached_from_ranges_or_from_inside_or_from_everywhere():
    assert api_access(DEV) == {"enablePrivateCluster": False, "authorizedIPRanges": ["203.0.113.0/24"]}
    private = api_access({"privateApi": True})
    assert (private["enablePrivateCluster"], private["enablePrivateClusterPublicFQDN"]) == (True, False)
    assert api_access({"allowPublicApi": True}) is None
    assert "apiServerAccessProfile" not in planned(DEV | {"apiAllowedRanges": [], "allowPublicApi": True})


def test_azure_upgrades_in_windows_whose_names_it_knows():
    found = windows(DEV | {"maintenanceDay": "Sunday", "maintenanceHour": 22}, "vision", "gpu")
    assert [one["configName"] for one in found.values()] == [
        "aksManagedAutoUpgradeSchedule",
        "aksManagedNodeOSUpgradeSchedule",
    ]
    window = found["upgrades"]["maintenanceWindow"]
    assert (window["startTime"], window["utcOffset"], window["durationHours"]) == ("22:00", "+00:00", 4)
    assert window["schedule"] == {"weekly": {"dayOfWeek": "Sunday", "intervalWeeks": 1}}
    assert windows(DEV, "vision", "gpu")["node-images"]["maintenanceWindow"]["startTime"] == "02:00"


@pytest.mark.parametrize(("given", "sku"), [(DEV, "Standard"), (PROD, "Premium")], ids=["dev", "prod"])
def test_a_registry_has_no_password_and_nothing_in_it_expires(given, sku):
    planned = registry(given, "vision", "westeurope")
    assert (planned["adminUserEnabled"], planned["anonymousPullEnabled"]) == (False, False)
    assert planned["sku"] == {"name": sku}
    assert "policies" not in planned
    assert planned.get("zoneRedundancy") == ("Enabled" if sku == "Premium" else None)
