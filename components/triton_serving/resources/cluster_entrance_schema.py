"""ClusterEntrance in Pulumi's package schema."""

from typing import Any

from .schema import TEXT, described

SCHEMA: dict[str, Any] = {
    "description": "The wait for a cluster to let this login in, after a role was given. "
    "Made by GpuCluster, which is what programs should declare.",
    "inputProperties": {
        "cluster": described(TEXT, "The cluster's id.", replaces=True),
        "kubeconfig": described(TEXT, "The way into it.", secret=True),
    },
    "requiredInputs": ["cluster", "kubeconfig"],
    "properties": {"openedKubeconfig": described(TEXT, "The kubeconfig, once it lets this login in.", secret=True)},
    "required": ["openedKubeconfig"],
}
