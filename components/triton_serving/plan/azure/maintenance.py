"""When AKS may upgrade: the cluster by one window, the nodes' images by another."""

from typing import Any

from .purpose import Given

_HOURS = 4
"""The least that Azure takes; the nodes of a pool are replaced one after the other."""


def windows(given: Given, resource_group: Any, cluster_name: Any) -> dict[str, dict[str, Any]]:
    """By the end of the resource's name. Their names in Azure are what tells AKS what each is for."""
    configurations = {"upgrades": "aksManagedAutoUpgradeSchedule", "node-images": "aksManagedNodeOSUpgradeSchedule"}
    return {
        end: {
            "resourceGroupName": resource_group,
            "resourceName": cluster_name,
            "configName": configuration,
            "maintenanceWindow": _weekly(given),
        }
        for end, configuration in configurations.items()
    }


def _weekly(given: Given) -> dict[str, Any]:
    return {
        "schedule": {"weekly": {"dayOfWeek": given.get("maintenanceDay", "Saturday"), "intervalWeeks": 1}},
        "startTime": f"{given.get('maintenanceHour', 2):02}:00",
        "utcOffset": "+00:00",
        "durationHours": _HOURS,
    }
