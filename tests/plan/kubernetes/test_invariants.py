"""What holds for every service that the rules let through, whatever is asked for."""

import re
from dataclasses import replace
from typing import Any

from parts.any_service import any_service
from parts.cluster_services import SCRIPT, release, service
from triton_serving.plan.gateway.pod import DRAIN_PORT, IDLE_SECONDS, PROBE_PORT, SERVICE_PORT
from triton_serving.plan.kubernetes.manifests import manifests, secret_manifests, shape_of
from triton_serving.plan.kubernetes.objects import objects
from triton_serving.plan.kubernetes.service import (
    ClusterService,
    Reach,
    Replicas,
    Share,
    Strategy,
)
from triton_serving.plan.service import Keys, Mode

KEYS = Keys("primary-key-of-the-test", "secondary-key-of-the-test")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@any_service
def test_exactly_the_announced_objects_are_made(made: ClusterService):
    found = manifests(made) | secret_manifests(made, KEYS)
    announced = objects(shape_of(made))
    assert {name: (one["apiVersion"], one["kind"]) for name, one in found.items()} == {
        name: (one.api_version, one.kind) for name, one in announced.items()
    }


@any_service
def test_names_are_legal_and_no_two_objects_are_one(made: ClusterService):
    found = [*manifests(made).values(), *secret_manifests(made, KEYS).values()]
    called = [(one["kind"], one["metadata"]["name"]) for one in found]
    assert all(LABEL.fullmatch(name) for _, name in called)
    assert len(set(called)) == len(called)
    assert all(one["metadata"].get("namespace") == made.namespace for one in found if one["kind"] != "Namespace")


@any_service
def test_what_selects_pods_finds_those_of_one_release_and_no_others(made: ClusterService):
    found = manifests(made)
    for own, other in (("deployment", "candidateDeployment"), ("candidateDeployment", "deployment")):
        if own not in found:
            continue
        labels = found[own]["spec"]["template"]["metadata"]["labels"]
        prefix = "candidate" if own == "candidateDeployment" else ""
        selectors = [
            found[own]["spec"]["selector"]["matchLabels"],
            found[f"{prefix}Disruptions" if prefix else "disruptions"]["spec"]["selector"]["matchLabels"],
            found[f"{prefix}Network" if prefix else "network"]["spec"]["podSelector"]["matchLabels"],
            found[f"{prefix}Service" if prefix else "service"]["spec"]["selector"],
        ]
        assert all(selector.items() <= labels.items() for selector in selectors)
        if other in found:
            others = found[other]["spec"]["template"]["metadata"]["labels"]
            assert not any(selector.items() <= others.items() for selector in selectors)


@any_service
def test_an_update_is_given_the_time_that_old_and_new_pods_take(made: ClusterService):
    for own in made.releases.values():
        assert own.times.progress > own.times.startup + own.times.leave + own.times.drain
        assert own.times.leave > IDLE_SECONDS, "silent connections have ended when Triton does"


@any_service
def test_an_update_and_a_drained_node_always_leave_what_they_may(made: ClusterService):
    found = manifests(made)
    for one in (one for one in found.values() if one["kind"] == "Deployment"):
        strategy = one["spec"]["strategy"]
        if strategy["type"] == "RollingUpdate":
            assert sum(strategy["rollingUpdate"].values()) == 1  # with none of them nothing would ever be replaced
    assert found["disruptions"]["spec"]["maxUnavailable"] == 1


@any_service
def test_only_the_gateway_is_reached_and_only_at_its_port_for_callers(made: ClusterService):
    for one in (one for one in manifests(made).values() if one["kind"] == "NetworkPolicy"):
        assert one["spec"]["policyTypes"] == ["Ingress", "Egress"]
        for rule in one["spec"]["ingress"]:
            (port,) = (port["port"] for port in rule["ports"])
            assert port in (SERVICE_PORT, PROBE_PORT)
            assert port != DRAIN_PORT
            assert port == SERVICE_PORT or rule["from"] == [namespace("monitoring")]


@any_service
def test_no_key_is_anywhere_but_in_the_secrets(made: ClusterService):
    assert "key-of-the-test" not in str(manifests(made))


@any_service
def test_replicas_are_left_to_the_autoscaler_where_there_is_one(made: ClusterService):
    spec = manifests(made)["deployment"]["spec"]
    assert ("replicas" in spec) is (made.replicas.fixed is not None)


def test_a_script_that_changes_replaces_pods_and_what_is_around_them_does_not():
    before = service(Mode.SCORING, candidate=release(Mode.SCORING))
    changed = SCRIPT.__class__("9" * 64, {"score.py": b"changed"})
    assert template(before) != template(replace(before, stable=replace(before.stable, script=changed)))
    for around in (
        {"share": Share(50, 50)},
        {"replicas": Replicas(7)},
        {"tags": {"team": "vision"}},
        {"description": "changed"},
        {"candidate": None},
        {"reach": Reach(allow_egress=True)},
        {"strategy": Strategy.RECYCLE},
    ):
        assert template(replace(before, **around)) == template(before), around


def test_keys_are_no_part_of_what_replaces_pods():
    made = service()
    first, second = (secret_manifests(made, Keys(one * 20, "b" * 20))["routes"] for one in "ac")
    assert first["metadata"] == second["metadata"]
    assert first["data"] != second["data"]


def template(made: ClusterService) -> Any:
    return manifests(made)["deployment"]["spec"]["template"]


def namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
