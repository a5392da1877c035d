"""Which Kubernetes the cluster gets, and who changes it from then on."""

from typing import Any

from ...rules.kubernetes_versions import DEFAULT
from ...rules.wording import dotted
from .purpose import Given

_RAISING = ("stable", "rapid")
"""The channels that raise the minor version: to send the old one again would ask Azure to go back."""


def raises_itself(given: Given) -> bool:
    return given.get("upgradeChannel") in _RAISING


def version(given: Given, key: str) -> dict[str, Any]:
    """Nodes are told as well: else an update of the version would leave them behind. Of a cluster that is adopted, or
    that raises it itself, nothing is said unless the user does: its pools then begin with what it has."""
    if "kubernetesVersion" in given:
        return {key: given["kubernetesVersion"]}
    return {} if "adoptCluster" in given or raises_itself(given) else {key: dotted(DEFAULT)}
