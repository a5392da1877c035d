"""What may be said about addresses of a cluster on AKS with pods in an overlay, by AKS's own limits."""

from ipaddress import IPv4Network, ip_network

from .single_values import each_once, got

DEFAULT_POD_CIDR = "10.244.0.0/16"
DEFAULT_SERVICE_CIDR = "10.0.0.0/16"
_NODE_PREFIX = 24  # of every node, whatever its number of pods
_MOST_RANGES = 200  # of a cluster's API

_RESERVED = tuple(map(IPv4Network, ("169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24")))
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_INSIDE_ONLY = (*_PRIVATE, IPv4Network("127.0.0.0/8"), IPv4Network("169.254.0.0/16"))


def network_of(value: object) -> IPv4Network | None:
    """None unless it is one of IPv4, without bits that mean a single address."""
    try:
        found = ip_network(value) if isinstance(value, str) and "/" in value else None
    except ValueError:
        return None
    return found if isinstance(found, IPv4Network) else None


def _loosely(value: object) -> IPv4Network | None:
    """Of an address with or without the length of its network."""
    try:
        found = ip_network(value, strict=False) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if isinstance(found, IPv4Network) else None


def _form_problem(value: object, example: str) -> str | None:
    if network_of(value):
        return None
    meant = _loosely(value)
    way_out = f"write {meant}" if meant else f"write it as {example}"
    return (
        f"must be addresses of IPv4 with the length of their network, such as {example} (got {got(value)}); {way_out}"
    )


def _inner_problem(value: object, example: str) -> str | None:
    found = network_of(value)
    if found is None:
        return _form_problem(value, example)
    if reserved := next((other for other in _RESERVED if found.overlaps(other)), None):
        return f"must not overlap {reserved}, which Azure keeps for itself (got {value}); take {example}"
    if not any(found.subnet_of(private) for private in _PRIVATE):
        return f"must be private addresses (got {value}); take {example}, or others of 10.0.0.0/8"
    return None


def pod_cidr_problem(value: object) -> str | None:
    problem = _inner_problem(value, DEFAULT_POD_CIDR)
    found = network_of(value)
    if problem is None and found and found.prefixlen > _NODE_PREFIX:
        return f"must have room for a /{_NODE_PREFIX} of a node (got {value}); take {DEFAULT_POD_CIDR}"
    return problem


def service_cidr_problem(value: object) -> str | None:
    problem = _inner_problem(value, DEFAULT_SERVICE_CIDR)
    found = network_of(value)
    if problem is None and found and not 12 < found.prefixlen <= 27:
        return f"must be smaller than a /12 and at least a /27 (got {value}); take {DEFAULT_SERVICE_CIDR}"
    return problem


def nodes_with_room(pods: IPv4Network) -> int:
    return int(2 ** max(0, _NODE_PREFIX - pods.prefixlen)) if pods.prefixlen <= _NODE_PREFIX else 0


def api_range_problem(value: object) -> str | None:
    example = "203.0.113.0/24"
    found = network_of(value)
    if found is None:
        return _form_problem(value, example)
    if found.prefixlen == 0:
        return f"must not be everybody (got {value}); name the addresses, or set allowPublicApi instead"
    if any(found.subnet_of(private) for private in _INSIDE_ONLY):
        return (
            f"must be addresses as the Internet sees them (got {value}, which are private); give those of your "
            "gateway, or set privateApi"
        )
    return None


_RANGES = each_once(api_range_problem, "['203.0.113.0/24']")


def api_ranges_problem(values: object) -> str | None:
    if not isinstance(values, list | tuple) or not values:  # to Azure, none at all means everybody
        return f"must be a list of at least one range (got {got(values)}); write ['203.0.113.0/24'], or set privateApi"
    if len(values) > _MOST_RANGES:
        return f"must be at most {_MOST_RANGES} ranges (got {len(values)}); put neighbouring ones together"
    return _RANGES(values)
