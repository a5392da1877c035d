"""What of a cluster is decided before anything starts: addresses, configuration, command lines, load balancing."""

import ipaddress
import json
import os
from pathlib import Path
from typing import Any

import pytest
from programs.cluster import configuration, network, parts, requirements
from programs.cluster.load_balancer import assignments
from programs.cluster.place import BLOCKS, Addresses, Place, Settings

PLACE = Place(Path("/somewhere/cluster"))
SETTINGS = Settings(block=70, programs="/programs", registry_program="/registry")


def test_a_cluster_gets_the_network_of_its_folder_unless_something_leads_there() -> None:
    own = PLACE.first_block
    after = BLOCKS[(BLOCKS.index(own) + 1) % len(BLOCKS)]
    assert network.free_block(PLACE, []) == own
    taken = [ipaddress.IPv4Network(f"10.{own}.7.0/24"), ipaddress.IPv4Network("192.168.0.0/16")]
    assert network.free_block(PLACE, taken) == after


def test_when_every_network_is_in_use_it_says_so() -> None:
    with pytest.raises(network.NoNetwork, match=r"10\.64\.0\.0/16 to 10\.127\.0\.0/16"):
        network.free_block(PLACE, [ipaddress.IPv4Network("10.0.0.0/8")])


def test_what_a_cluster_has_addresses_for_does_not_overlap() -> None:
    addresses = Addresses(70)
    networks = [addresses.pods, addresses.services, addresses.load_balancers, addresses.fake_pods, "10.70.0.0/30"]
    found = [ipaddress.IPv4Network(one) for one in networks]
    assert all(one.subnet_of(addresses.all) for one in found)
    assert not any(one.overlaps(other) for one in found for other in found if one is not other)
    assert ipaddress.IPv4Network(addresses.node_pods).subnet_of(ipaddress.IPv4Network(addresses.pods))
    assert ipaddress.IPv4Address(addresses.dns_service) in ipaddress.IPv4Network(addresses.services)


def test_a_network_device_has_a_name_that_linux_takes() -> None:
    assert len(PLACE.cable) <= 15


def test_clusters_in_other_folders_have_nothing_in_common() -> None:
    other = Place(Path("/somewhere/else"))
    assert (other.cable, other.group) != (PLACE.cable, PLACE.group)


def test_settings_survive_the_way_through_their_file(tmp_path: Path) -> None:
    SETTINGS.save(Place(tmp_path))
    assert Settings.load(Place(tmp_path)) == SETTINGS


def test_gpus_and_fake_nodes_are_there_when_asked_for_only() -> None:
    def names(**chosen: Any) -> set[str]:
        settings = Settings(block=70, programs="/programs", registry_program="/registry", **chosen)
        return {part.name for part in (*parts.first(PLACE, settings), *parts.then(PLACE, settings))}

    assert names(gpus=2, kwok=True) - names() == {"device-plugin", "kwok"}


def test_no_command_line_and_no_configuration_holds_a_key() -> None:
    words = [word for part in (*parts.first(PLACE, SETTINGS), *parts.then(PLACE, SETTINGS)) for word in part.command]
    texts = [*words, *configuration.files(PLACE, SETTINGS).values()]
    assert not any("PRIVATE" in text or "key-data" in text for text in texts)


def test_the_configuration_that_is_json_can_be_read() -> None:
    for name, text in configuration.files(PLACE, SETTINGS).items():
        if name.endswith((".json", ".conflist")):
            assert json.loads(text)


def service(name: str, address: str = "", **spec: object) -> dict[str, Any]:
    balancer = {"ingress": [{"ip": address}]} if address else {}
    return {
        "metadata": {"namespace": "default", "name": name},
        "spec": {"type": "LoadBalancer", **spec},
        "status": {"loadBalancer": balancer},
    }


NETWORK = ipaddress.IPv4Network("10.70.48.0/29")


def test_a_service_gets_the_first_address_that_no_other_has() -> None:
    services = [service("old", "10.70.48.1"), service("new"), service("newer")]
    given = {("default", "new"): "10.70.48.2", ("default", "newer"): "10.70.48.3"}
    assert assignments(services, NETWORK) == given


def test_services_of_other_types_and_of_other_balancers_are_left_alone() -> None:
    services = [service("inner", type="ClusterIP"), service("theirs", loadBalancerClass="example.com/theirs")]
    assert assignments(services, NETWORK) == {}


def test_when_addresses_run_out_the_last_services_wait() -> None:
    services = [service(f"number-{number}") for number in range(8)]
    assert len(assignments(services, NETWORK)) == 6


def test_whoever_is_not_root_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (reason,) = requirements.lacking()
    assert "has to be run as root" in reason


@pytest.mark.usefixtures("folder")
def test_a_program_that_is_not_there_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(requirements, "_no_groups", lambda: "")
    assert "there is no ip; install the package iproute2" in requirements.lacking()


def test_control_groups_that_may_not_be_made_are_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise PermissionError(13, "Permission denied", "/sys/fs/cgroup/x")

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(requirements, "_no_namespaces", lambda: "")
    monkeypatch.setattr(requirements.groups, "make", refuse)
    (reason,) = requirements.lacking()
    assert reason.startswith("control groups cannot be made here (/sys/fs/cgroup/x: Permission denied)")


def test_too_few_inotify_instances_are_a_reason_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(requirements, "_no_namespaces", lambda: "")
    monkeypatch.setattr(requirements, "_no_groups", lambda: "")
    assert requirements.lacking() == []
    monkeypatch.setattr(requirements, "_enough_watches", lambda: False)
    (reason,) = requirements.lacking()
    assert "sysctl fs.inotify.max_user_instances=512" in reason
