"""What would not work on Azure is told by the preview of the stack `dev`, in words that say what to do."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.azure_manager import usage
from parts.azure_stacks import Azure, AzureStack, azure_in
from parts.stand_in_azure import StandInAzure
from triton_serving.rules.azure_errors import ADVICE

GROUP = f"/subscriptions/{StandInAzure.subscription}/resourceGroups/shop"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/shop"
SYSTEM = {"name": "system", "mode": "System", "count": 1, "vmSize": "Standard_D4ds_v5"}
ADVISER = Path(__file__).parents[2] / "scripts" / "advice"
MADE_ONLY = ("clusterName", "clusterPurpose", "location", "apiAllowedRanges", "registryName")
"""Settings of a cluster that is made here."""


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[Azure]:
    with azure_in(tmp_path / "azure") as made:
        yield made


@pytest.fixture
def dev(tmp_path: Path, azure: Azure) -> AzureStack:
    """In direct mode: an environment's image would be looked for in a registry, and there is none."""
    made = AzureStack(tmp_path, "dev", azure).make()
    made.set(mode="direct", baseImage=None, scriptCpuCores=None, scriptMemoryGb=None)
    return made


def refused(dev: AzureStack, azure: Azure, *reasons: str) -> None:
    dev.preview().refused(*reasons)
    assert azure.changes() == []


def test_a_registrys_name_that_somebody_has_is_told_by_the_update(dev: AzureStack, azure: Azure) -> None:
    """By no preview: Azure is asked for it only by the update, which another name lets go on."""
    azure.made.take_name("tritonrehearsal")
    dev.up().refused("AlreadyInUse", "tritonrehearsal")
    dev.destroy().fine()
    assert azure.made.resources() == {}


def test_what_to_do_about_it_is_said_at_the_end_of_make_up(dev: AzureStack, azure: Azure, tmp_path: Path) -> None:
    events = tmp_path / "events"
    dev.environ["PULUMI_DEBUG_COMMANDS"] = "true"
    azure.made.fail("RequestDisallowedByPolicy", operation="create", kind="Registry")
    dev.up("--event-log", str(events)).refused("RequestDisallowedByPolicy")
    told = subprocess.run([sys.executable, ADVISER, events], capture_output=True, text=True, check=True).stdout
    assert "What to do" in told
    assert f"RequestDisallowedByPolicy  {ADVICE['RequestDisallowedByPolicy']}" in told
    dev.destroy().fine()


def test_another_subscription(dev: AzureStack, azure: Azure) -> None:
    dev.environ["ARM_SUBSCRIPTION_ID"] = "00000000-0000-4000-8000-000000000002"
    refused(dev, azure, "SubscriptionNotFound", "00000000-0000-4000-8000-000000000002", "az account list")


def test_a_login_of_another_tenant(dev: AzureStack, azure: Azure) -> None:
    azure.identity.tenant = "99999999-0000-4000-8000-000000000000"
    refused(dev, azure, "InvalidAuthenticationTokenTenant", ADVICE["InvalidAuthenticationTokenTenant"])


def test_a_login_of_another_tenant_that_only_pulumis_provider_has(dev: AzureStack, azure: Azure) -> None:
    azure.made.fail("InvalidAuthenticationTokenTenant", operation="invoke", kind="getClientConfig")
    refused(dev, azure, "InvalidAuthenticationTokenTenant", ADVICE["InvalidAuthenticationTokenTenant"])


def test_everything_that_the_subscription_lacks_is_told_at_once(dev: AzureStack, azure: Azure) -> None:
    azure.told.rights = [{"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"]}]
    azure.told.usages = [
        usage("standardDDSv5Family", "Standard DDSv5 Family vCPUs", 10, 10),
        *(one for one in azure.told.usages if one["name"]["value"] != "standardDDSv5Family"),
    ]
    azure.told.sizes = [one for one in azure.told.sizes if one["name"] != "Standard_NC4as_T4_v3"]
    refused(
        dev,
        azure,
        "Microsoft.Authorization/roleAssignments/write",
        "Role Based Access Control Administrator",
        "'Standard DDSv5 Family vCPUs' in westeurope, of which 10 of 10 are in use: 4 are missing (QuotaExceeded)",
        "az quota update",
        "'vmSize' of pool 'gpu' must be a size that westeurope has (got 'Standard_NC4as_T4_v3')",
    )


def test_nobody_is_signed_in(dev: AzureStack, azure: Azure) -> None:
    azure.made.fail("ExpiredAuthenticationToken", operation="invoke", kind="getClientConfig")
    refused(dev, azure, "ExpiredAuthenticationToken", "az login")


def adopts(dev: AzureStack, azure: Azure, version: str) -> None:
    azure.made.have(GROUP, location="westeurope")
    told = {"dnsPrefix": "shop", "kubernetesVersion": version, "agentPoolProfiles": [SYSTEM]}
    azure.made.have(CLUSTER, location="westeurope", properties=told)
    azure.told.groups.add("shop")
    kept = {"registry": "http://10.0.0.1:5000/models", "adoptCluster": "shop", "resourceGroup": "shop"}
    dev.set(**dict.fromkeys(MADE_ONLY), gpuPools=None, devicePluginImage=None, azureTags=None, **kept)


def test_a_cluster_without_gpus_is_not_adopted(dev: AzureStack, azure: Azure) -> None:
    adopts(dev, azure, "1.36")
    refused(dev, azure, "'adoptCluster': cluster shop has no pool with GPUs; add one by 'gpuPools'")


def test_an_old_cluster_is_not_adopted(dev: AzureStack, azure: Azure) -> None:
    adopts(dev, azure, "1.30")
    refused(dev, azure, "'adoptCluster': cluster shop", "1.30")


def test_a_cluster_that_is_not_there_is_not_adopted(dev: AzureStack, azure: Azure) -> None:
    adopts(dev, azure, "1.36")
    dev.set(adoptCluster="shops")
    refused(dev, azure, "ResourceNotFound", "name in 'adoptCluster' one that is there and that you may read")
