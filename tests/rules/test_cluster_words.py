"""Words of AksCompute and of AKS that are not taken."""

import inspect

import pytest
from triton_serving.gpu_cluster_args import GpuClusterArgs, GpuPool
from triton_serving.rules.arguments import engine_name
from triton_serving.rules.cluster_words import INSTEAD, INSTEAD_OF_COMPUTE, words_not_taken
from triton_serving.rules.gpu_cluster import RULES
from triton_serving.rules.gpu_pools import POOL_RULES

PROVISIONING = (
    "agent_count vm_size ssl_cname ssl_cert_pem_file ssl_key_pem_file location vnet_resourcegroup_name vnet_name "
    "subnet_name service_cidr dns_service_ip docker_bridge_cidr cluster_purpose load_balancer_type load_balancer_subnet"
)
"""What AksProvisioningConfiguration of azureml-core 1.61 takes."""


def test_every_word_of_provisioning_is_taken_or_told_what_to_say_instead():
    words = set(PROVISIONING.split())
    assert words - INSTEAD_OF_COMPUTE.keys() == {"cluster_purpose", "location", "service_cidr"}
    assert words - INSTEAD_OF_COMPUTE.keys() <= GpuClusterArgs.__annotations__.keys()


def test_no_word_that_is_taken_is_refused():
    assert not INSTEAD.keys() & GpuClusterArgs.__annotations__.keys()


@pytest.mark.parametrize("word", INSTEAD)
def test_the_word_that_is_named_instead_exists(word):
    named = {part for part in INSTEAD[word].split("'")[1::2] if "_" in part}
    of_services = {"tls_secret", "host_name"}
    assert named <= GpuClusterArgs.__annotations__.keys() | GpuPool.__annotations__.keys() | of_services


def test_each_is_told_once_and_in_order():
    told = words_not_taken({"agent_count": 3, "vm_size": "x", "network_plugin": "kubenet", "location": "westeurope"})
    assert [sentence.split("'")[1] for sentence in told] == ["agent_count", "vm_size", "network_plugin"]
    assert "'gpu_pools'" in told[0]
    assert "overlay" in told[2]


def test_there_is_a_rule_for_every_argument():
    assert {engine_name(name) for name in inspect.get_annotations(GpuClusterArgs)} == RULES.keys()
    assert {engine_name(name) for name in inspect.get_annotations(GpuPool)} == POOL_RULES.keys()
