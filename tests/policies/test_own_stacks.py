"""The project's own stacks keep the rules."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from parts.engine import ROOT, ServiceProgram
from parts.policy_pack import policy_options, told
from parts.policy_rules import DIGEST
from parts.stand_in_azure import StandInAzure

CLUSTER = {
    "registryName": "tritonpolicies",
    "apiAllowedRanges": ["203.0.113.0/24"],
    "devicePluginImage": f"nvcr.io/nvidia/k8s-device-plugin:v0.19.0{DIGEST}",
    "allowNoCapacityCheck": "true",  # the stand-in answers no questions about quota
}
SERVICE = {
    "tritonImage": f"nvcr.io/nvidia/tritonserver:26.09-py3{DIGEST}",
    "gatewayImage": f"docker.io/envoyproxy/envoy:distroless-v1.40.0{DIGEST}",
    "environmentImage": f"tritonpolicies.azurecr.io/environment{DIGEST}",
    "namespace": "digits",
    "tlsSecret": "digits-tls",
}
"""What only somebody with an account can know."""


def on_azure(folder: Path, name: str, told_by_azure: dict[str, Any]) -> ServiceProgram:
    written = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{name}.yaml").read_text())["config"]
    settings = {key.removeprefix("triton-serving:"): value for key, value in written.items()}
    stack = ServiceProgram(folder, name).make()
    stack.configure({**settings, **told_by_azure})
    azure = StandInAzure(folder / "azure")
    azure.link(folder / "home")
    stack.environ |= azure.environment()
    return stack


def test_the_stack_on_this_machine_keeps_every_rule(tmp_path):
    stack = ServiceProgram(tmp_path, "local").make()
    assert told(stack.preview(*policy_options(tmp_path)).fine()) == set()


@pytest.mark.parametrize(
    ("name", "told_by_azure"),
    [("dev", CLUSTER | SERVICE), ("staging", CLUSTER | SERVICE), ("prod", CLUSTER | SERVICE), ("platform", CLUSTER)],
)
def test_the_stacks_on_azure_keep_every_rule(name, told_by_azure, tmp_path):
    settings = {"required-tags": {"tags": ["environment", "owner"]}}
    stack = on_azure(tmp_path, name, told_by_azure)
    outcome = stack.preview(*policy_options(tmp_path, settings)).fine()
    # What these tests switch off themselves is seen, and nothing else.
    assert told(outcome) == {("advisory", "loosened-defaults", "cluster")}


def test_what_the_platform_team_does_not_want_is_told_of_the_real_resources(tmp_path):
    unwanted = {
        "authEnabled": "false",
        "exposure": "load-balancer",
        "tlsSecret": "",
        "allowUnencryptedClients": True,
        "apiAllowedRanges": [],
        "allowPublicApi": "true",
        "gpuPools": [{"name": "gpu", "vmSize": "Standard_NC24ads_A100_v4", "maxCount": 9}],
        "azureTags": {},
    }
    stack = on_azure(tmp_path, "dev", CLUSTER | SERVICE | unwanted)
    settings = {"required-tags": {"tags": ["owner"]}, "protected-in-production": {"stacks": ["dev"]}}
    outcome = stack.preview(*policy_options(tmp_path, settings))
    assert outcome.code != 0
    assert "give GpuCluster apiAllowedRanges or privateApi" in outcome.text
    made = ("cluster-group", "cluster-identity", "cluster-registry", "cluster-cluster", "cluster-gpu-gpu")
    assert told(outcome) == {
        ("advisory", "loosened-defaults", "cluster"),
        ("advisory", "loosened-defaults", "service"),
        ("mandatory", "auth", "service"),
        ("mandatory", "tls", "service"),
        ("mandatory", "cluster-api", "cluster-cluster"),
        ("mandatory", "gpu-hours", "cluster-gpu-gpu"),
        ("mandatory", "protected-in-production", "cluster-registry"),
        ("mandatory", "protected-in-production", "cluster-cluster"),
        *(("mandatory", "required-tags", name) for name in made),
    }
