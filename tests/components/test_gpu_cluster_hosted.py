"""GpuCluster from YAML and TypeScript: what Pulumi's host makes of their arguments on the way."""

from typing import Any

import pulumi
import pytest
from parts.azure_graph import AzureGraph
from pulumi.provider.experimental.component import ComponentProvider
from triton_serving import GpuCluster

DEV = {
    "location": "westeurope",
    "registryName": "visionserving",
    "gpuPools": [
        {
            "name": "a100",
            "vmSize": "Standard_NC24ads_A100_v4",
            "minCount": 1,
            "maxCount": 3,
            "osDiskGb": 200,
            "maxPods": 50,
            "zones": ["2"],
            "labels": {"team.example.com/visionTeam": "someTeam"},
        }
    ],
    "devicePluginInstalled": True,
    "apiAllowedRanges": ["203.0.113.0/24"],
    "systemCount": 2,
    "maintenanceHour": 4,
    "prices": {"Standard_NC24ads_A100_v4": 3.5},
    "tags": {"costCenter": "12"},
}


def hosted(given: dict[str, Any]) -> Any:
    """Exactly what the constructor receives: numbers as floats, and our own argument names."""
    provider = ComponentProvider([GpuCluster], "triton-serving", version="1.2.3")
    return provider.map_inputs(given, provider._component_defs["GpuCluster"])


def as_floats(value: Any) -> Any:
    """As the wire carries numbers."""
    if isinstance(value, dict):
        return {key: as_floats(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_floats(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def test_numbers_and_names_of_maps_arrive_as_they_were_meant(azure):
    azure.deploy(lambda: GpuCluster("gpu", hosted(as_floats(DEV))))
    pool = azure.inputs["gpu-gpu-a100"]
    assert [pool[key] for key in ("minCount", "maxCount", "osDiskSizeGB", "maxPods")] == [1, 3, 200, 50]
    assert pool["nodeLabels"] == {"team.example.com/visionTeam": "someTeam"}
    cluster = azure.inputs["gpu-cluster"]
    assert cluster["agentPoolProfiles"][0]["count"] == 2
    assert cluster["tags"] == {"costCenter": "12"}
    assert azure.inputs["gpu-upgrades"]["maintenanceWindow"]["startTime"] == "04:00"


@pytest.mark.usefixtures("azure")
def test_a_number_with_a_fraction_is_refused_and_not_rounded():
    with pytest.raises(pulumi.RunError, match=r"'gpuPools\[0\].maxCount'"):
        GpuCluster("gpu", hosted({**DEV, "gpuPools": [{**DEV["gpuPools"][0], "maxCount": 2.5}]}))


def test_the_same_arguments_give_the_same_cluster_from_yaml_and_from_python():
    def declared(given: Any) -> dict[str, Any]:
        graph = AzureGraph(preview=False)
        graph.start()
        graph.deploy(lambda: GpuCluster("gpu", given))
        return graph.inputs

    python = {
        "location": "westeurope",
        "registry_name": "visionserving",
        "gpu_pools": [
            {
                "name": "a100",
                "vm_size": "Standard_NC24ads_A100_v4",
                "min_count": 1,
                "max_count": 3,
                "os_disk_gb": 200,
                "max_pods": 50,
                "zones": ["2"],
                "labels": {"team.example.com/visionTeam": "someTeam"},
            }
        ],
        "device_plugin_installed": True,
        "api_allowed_ranges": ["203.0.113.0/24"],
        "system_count": 2,
        "maintenance_hour": 4,
        "prices": {"Standard_NC24ads_A100_v4": 3.5},
        "tags": {"costCenter": "12"},
    }
    assert declared(python) == declared(hosted(as_floats(DEV)))
