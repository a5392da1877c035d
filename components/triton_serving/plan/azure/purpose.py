"""What a cluster is for, which decides between cheap and lasting."""

from collections.abc import Mapping
from typing import Any

Given = Mapping[str, Any]
"""GpuCluster's arguments, as the engine spells them. What only other resources know is passed on as it is."""


def is_prod(given: Given) -> bool:
    return bool(given.get("clusterPurpose") == "prod")
