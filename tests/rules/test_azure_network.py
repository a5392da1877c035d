"""Addresses of a cluster."""

from ipaddress import IPv4Network

import pytest
from triton_serving.rules.azure_network import (
    api_ranges_problem,
    nodes_with_room,
    pod_cidr_problem,
    service_cidr_problem,
)


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        (pod_cidr_problem, ["10.244.0.0/16", "192.168.0.0/16", "100.64.0.0/10", "10.1.2.0/24"]),
        (service_cidr_problem, ["10.0.0.0/16", "172.16.0.0/16", "10.0.0.0/27"]),
        (api_ranges_problem, [["203.0.113.0/24"], ["203.0.113.7/32", "198.51.100.0/25"]]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_good_addresses_pass(rule, values):
    assert [rule(value) for value in values] == [None] * len(values)


@pytest.mark.parametrize(
    ("rule", "value", "told"),
    [
        (pod_cidr_problem, "10.244.0.1/16", "write 10.244.0.0/16"),
        (pod_cidr_problem, "10.244.0.0", "write 10.244.0.0/32"),
        (pod_cidr_problem, "300.0.0.0/8", "write it as 10.244.0.0/16"),
        (pod_cidr_problem, "fd00::/64", "IPv4"),
        (pod_cidr_problem, 10, "got 10"),
        (pod_cidr_problem, "172.30.0.0/16", "172.30.0.0/16, which Azure keeps for itself"),
        (pod_cidr_problem, "172.16.0.0/12", "which Azure keeps for itself"),
        (pod_cidr_problem, "172.31.128.0/20", "172.31.0.0/16, which Azure keeps"),
        (pod_cidr_problem, "8.8.0.0/16", "private addresses"),
        (pod_cidr_problem, "10.1.2.0/25", "room for a /24"),
        (service_cidr_problem, "10.0.0.0/12", "smaller than a /12"),
        (service_cidr_problem, "10.0.0.0/28", "at least a /27"),
        (service_cidr_problem, "192.0.2.0/24", "which Azure keeps"),
        (api_ranges_problem, [], "at least one range"),
        (api_ranges_problem, "203.0.113.0/24", "must be a list"),
        (api_ranges_problem, ["0.0.0.0/0"], "set allowPublicApi instead"),
        (api_ranges_problem, ["10.0.0.0/8"], "as the Internet sees them"),
        (api_ranges_problem, ["203.0.113.7"], "write 203.0.113.7/32"),
        (api_ranges_problem, ["203.0.113.7/24"], "write 203.0.113.0/24"),
        (api_ranges_problem, ["office"], "write it as 203.0.113.0/24"),
        (api_ranges_problem, ["203.0.113.0/24", "203.0.113.0/24"], "twice"),
        (api_ranges_problem, [f"203.0.{n}.0/24" for n in range(201)], "at most 200"),
    ],
)
def test_bad_addresses_are_told_with_a_way_out(rule, value, told):
    problem = rule(value) or ""
    assert told in problem
    assert "; " in problem


def test_all_wrong_ranges_are_told_at_once():
    problem = api_ranges_problem(["office", "203.0.113.0/24", "10.0.0.0/8", "0.0.0.0/0", "203.0.113.0/24"]) or ""
    for told in ("got 'office'", "got 10.0.0.0/8", "got 0.0.0.0/0", "got '203.0.113.0/24' twice"):
        assert told in problem


def test_every_node_takes_a_24_of_the_pods_addresses():
    assert nodes_with_room(IPv4Network("10.244.0.0/16")) == 256
    assert nodes_with_room(IPv4Network("10.244.0.0/24")) == 1
    assert nodes_with_room(IPv4Network("10.244.0.0/25")) == 0
