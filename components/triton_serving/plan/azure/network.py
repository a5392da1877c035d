"""How pods, services and nodes reach one another and the outside, and who reaches the cluster's API."""

from ipaddress import ip_network
from typing import Any

from ...rules.azure_network import DEFAULT_POD_CIDR, DEFAULT_SERVICE_CIDR
from .purpose import Given

_TENTH = 10
"""Of the range of services: Kubernetes gives away the first address itself, and this is the one that others expect."""


def network_profile(given: Given) -> dict[str, Any]:
    """Pods get addresses of their own, so that they use up none of the subnet; Cilium enforces the network policies
    that TritonWebservice makes, without which they would be words."""
    services = given.get("serviceCidr", DEFAULT_SERVICE_CIDR)
    return {
        "networkPlugin": "azure",
        "networkPluginMode": "overlay",
        "networkDataplane": "cilium",
        "networkPolicy": "cilium",
        "podCidr": given.get("podCidr", DEFAULT_POD_CIDR),
        "serviceCidr": services,
        "dnsServiceIP": str(ip_network(services)[_TENTH]),
        "loadBalancerSku": "standard",
        "outboundType": _outbound(given),
    }


def api_access(given: Given) -> dict[str, Any] | None:
    """None lets everybody reach it, which `allowPublicApi` asks for."""
    if given.get("privateApi", False):
        # Without a public name for the private address: outside of the network it would lead nowhere.
        return {"enablePrivateCluster": True, "privateDNSZone": "system", "enablePrivateClusterPublicFQDN": False}
    if ranges := given.get("apiAllowedRanges"):
        return {"enablePrivateCluster": False, "authorizedIPRanges": ranges}
    return None


def _outbound(given: Given) -> str:
    """A NAT gateway is AKS's own where the network is; in a subnet of the user's it is the one that hangs on it."""
    own = "subnetId" in given
    return {
        "load-balancer": "loadBalancer",
        "nat-gateway": "userAssignedNATGateway" if own else "managedNATGateway",
        "user-defined": "userDefinedRouting",
    }[given.get("outbound", "load-balancer")]
