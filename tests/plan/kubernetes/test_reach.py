"""Services and routes: who reaches the pods, at which port, and what a load balancer is told."""

from dataclasses import replace
from typing import Any

import pytest
from parts.cluster_services import release, service
from triton_serving.plan.gateway.pod import SERVICE_PORT
from triton_serving.plan.kubernetes import reach
from triton_serving.plan.kubernetes.service import Exposure, Reach
from triton_serving.plan.service import Mode, Script

LOAD_BALANCERS = [Exposure.LOAD_BALANCER, Exposure.INTERNAL_LOAD_BALANCER]
ADDRESS = "203.0.113.7"
CERTIFICATE = "digits-tls"


def spec(**said: Any) -> dict[str, Any]:
    return dict(reach.service(service(reach=Reach(**said)))["spec"])


def test_a_service_is_reached_inside_of_the_cluster_unless_more_is_asked_for():
    assert spec()["type"] == "ClusterIP"
    assert "externalTrafficPolicy" not in spec()


def test_everything_goes_through_one_port():
    (plain,) = spec()["ports"]
    (encrypted,) = spec(tls_secret=CERTIFICATE)["ports"]
    assert (plain["port"], plain["targetPort"]) == (80, SERVICE_PORT)
    assert (encrypted["port"], encrypted["targetPort"]) == (443, SERVICE_PORT)


@pytest.mark.parametrize("tls", [None, CERTIFICATE])
@pytest.mark.parametrize("exposure", LOAD_BALANCERS)
def test_no_load_balancer_asks_for_a_path_that_only_callers_with_a_key_may_have(exposure: Exposure, tls: str | None):
    """Azure does at these two, and at nothing else."""
    (port,) = spec(exposure=exposure, tls_secret=tls)["ports"]
    assert port.get("appProtocol") not in ("http", "https")


def test_callers_of_the_service_are_never_sent_to_the_candidate_by_the_cluster():
    both = service(candidate=release())
    stable, candidate = reach.service(both), reach.candidate_service(both)
    assert stable["spec"]["selector"]["triton-serving/release"] == "stable"
    assert candidate["spec"]["selector"]["triton-serving/release"] == "candidate"
    assert candidate["metadata"]["name"] == "digits-candidate"
    assert candidate["spec"]["ports"] == stable["spec"]["ports"]


@pytest.mark.parametrize("exposure", LOAD_BALANCERS)
def test_a_candidate_is_not_reached_from_outside(exposure: Exposure):
    made = reach.candidate_service(service(candidate=release(), reach=Reach(exposure)))
    assert made["spec"]["type"] == "ClusterIP"


@pytest.mark.parametrize("exposure", LOAD_BALANCERS)
def test_a_node_without_a_pod_still_hands_requests_on(exposure: Exposure):
    assert spec(exposure=exposure)["externalTrafficPolicy"] == "Cluster"


def test_a_private_load_balancer_is_private_on_every_cloud():
    made = reach.service(service(reach=Reach(Exposure.INTERNAL_LOAD_BALANCER)))
    said = made["metadata"]["annotations"]
    assert said["service.beta.kubernetes.io/azure-load-balancer-internal"] == "true"
    assert said["service.beta.kubernetes.io/aws-load-balancer-scheme"] == "internal"
    assert said["networking.gke.io/load-balancer-type"] == "Internal"
    public = reach.service(service(reach=Reach(Exposure.LOAD_BALANCER)))["metadata"]["annotations"]
    assert "internal" not in str(public).lower()


@pytest.mark.parametrize(("milliseconds", "minutes"), [(60_000, "4"), (3_600_000, "61")])
def test_azures_load_balancer_waits_as_long_as_the_gateway_does(milliseconds: int, minutes: str):
    slow = service(Mode.SCORING, reach=Reach(Exposure.LOAD_BALANCER))
    script = Script("score.py", scoring_timeout_ms=milliseconds)
    slow = replace(slow, stable=replace(slow.stable, plan=replace(slow.stable.plan, script=script)))
    said = reach.service(slow)["metadata"]["annotations"]
    assert said["service.beta.kubernetes.io/azure-load-balancer-tcp-idle-timeout"] == minutes


def test_what_the_caller_says_of_the_service_stands_at_it_beside_what_clouds_read():
    made = reach.service(service(description="reads digits", reach=Reach(Exposure.INTERNAL_LOAD_BALANCER)))
    said = made["metadata"]["annotations"]
    assert said["triton-serving/description"] == "reads digits"
    assert "networking.gke.io/load-balancer-type" in said


GATEWAY = Reach(Exposure.GATEWAY, host_name="digits.example.com", gateway="ingress/shared", path_prefix="/api/v1")


@pytest.mark.parametrize(("named", "namespace"), [("ingress/shared", "ingress"), ("shared", "team-a")])
def test_routes_go_to_the_gateway_that_is_named_and_to_its_encrypted_port_only(named: str, namespace: str):
    for route in (reach.http_route, reach.grpc_route):
        (parent,) = route(service(reach=Reach(Exposure.GATEWAY, gateway=named)))["spec"]["parentRefs"]
        assert (parent["namespace"], parent["name"], parent["port"]) == (namespace, "shared", 443)


def test_plain_http_through_a_gateway_takes_a_switch():
    told = Reach(Exposure.GATEWAY, gateway="shared", allow_unencrypted=True)
    (parent,) = reach.http_route(service(reach=told))["spec"]["parentRefs"]
    assert "port" not in parent


def test_only_paths_below_the_prefix_are_routed_and_they_are_passed_on_as_they_came():
    made = reach.http_route(service(reach=GATEWAY))
    assert made["spec"]["hostnames"] == ["digits.example.com"]
    (rule,) = made["spec"]["rules"]
    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/api/v1"}}]
    assert "filters" not in rule
    (backend,) = rule["backendRefs"]
    assert (backend["name"], backend["port"]) == ("digits", 80)


def test_grpc_has_no_prefix():
    (rule,) = reach.grpc_route(service(reach=GATEWAY))["spec"]["rules"]
    assert "matches" not in rule


@pytest.mark.parametrize(
    ("told", "address", "base"),
    [
        pytest.param(Reach(), None, "http://digits.team-a.svc", id="cluster"),
        pytest.param(Reach(tls_secret=CERTIFICATE), None, "https://digits.team-a.svc", id="cluster-tls"),
        pytest.param(Reach(Exposure.LOAD_BALANCER), ADDRESS, f"http://{ADDRESS}", id="address"),
        pytest.param(Reach(Exposure.LOAD_BALANCER), "2001:db8::7", "http://[2001:db8::7]", id="address-of-ipv6"),
        pytest.param(
            Reach(Exposure.LOAD_BALANCER, CERTIFICATE, "d.example.com"), ADDRESS, "https://d.example.com", id="host"
        ),
        pytest.param(Reach(Exposure.LOAD_BALANCER), None, None, id="no-address-yet"),
        pytest.param(GATEWAY, None, "https://digits.example.com/api/v1", id="gateway"),
    ],
)
def test_every_address_begins_with_what_callers_have_to_use(told: Reach, address: str | None, base: str | None):
    assert reach.base_uri(told, "digits", "team-a", address) == base
