"""What holds for every service that the rules let through, whatever is asked for."""

import re
from collections.abc import Iterator
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
DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def deployments(made: ClusterService) -> Iterator[dict[str, Any]]:
    yield from (one for one in manifests(made).values() if one["kind"] == "Deployment")


def pods(made: ClusterService) -> Iterator[dict[str, Any]]:
    yield from (one["spec"]["template"]["spec"] for one in deployments(made))


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod["initContainers"], *pod["containers"]]


def lasting(pod: dict[str, Any]) -> list[dict[str, Any]]:
    """All but what is over before the others start."""
    return [one for one in containers(pod) if one.get("restartPolicy") == "Always" or one in pod["containers"]]


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
def test_every_image_is_given_by_its_digest(made: ClusterService):
    for pod in pods(made):
        mounted = [one["image"]["reference"] for one in pod["volumes"] if "image" in one]
        assert all(DIGEST.fullmatch(image) for image in [*mounted, *(one["image"] for one in containers(pod))])


@any_service
def test_no_container_has_a_right_that_it_does_not_need(made: ClusterService):
    for pod in pods(made):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for one in containers(pod):
            assert one["securityContext"]["readOnlyRootFilesystem"] is True
            assert one["securityContext"]["allowPrivilegeEscalation"] is False
            assert one["securityContext"]["capabilities"] == {"drop": ["ALL"]}


@any_service
def test_only_what_is_empty_at_the_start_can_be_written(made: ClusterService):
    for pod in pods(made):
        empty = {one["name"] for one in pod["volumes"] if "emptyDir" in one}
        for one in containers(pod):
            assert {mount["name"] for mount in one["volumeMounts"] if not mount.get("readOnly")} <= empty


@any_service
def test_what_is_mounted_is_there_and_what_is_there_is_mounted(made: ClusterService):
    for pod in pods(made):
        there = [one["name"] for one in pod["volumes"]]
        assert len(set(there)) == len(there)
        assert {mount["name"] for one in containers(pod) for mount in one["volumeMounts"]} == set(there)


@any_service
def test_every_program_that_lasts_is_asked_how_it_is(made: ClusterService):
    for pod in pods(made):
        for one in lasting(pod):
            assert {"startupProbe", "readinessProbe", "livenessProbe"} <= one.keys()


@any_service
def test_nothing_is_restarted_while_it_loads(made: ClusterService):
    for pod, own in zip(pods(made), made.releases.values(), strict=True):
        for one in (one for one in lasting(pod) if one["name"] != "gateway"):
            probe = one["startupProbe"]
            assert probe["periodSeconds"] * probe["failureThreshold"] >= own.times.startup


@any_service
def test_a_pod_that_cannot_answer_gets_no_requests_within_ten_seconds(made: ClusterService):
    for pod in pods(made):
        for one in lasting(pod):
            probe = one["readinessProbe"]
            assert probe["periodSeconds"] * probe["failureThreshold"] + probe["timeoutSeconds"] <= 10


@any_service
def test_a_pod_has_time_to_leave_and_to_answer_whom_it_let_in(made: ClusterService):
    for which, own in made.releases.items():
        pod = manifests(made)["deployment" if which == "stable" else "candidateDeployment"]["spec"]["template"]["spec"]
        (main,) = pod["containers"]
        sleep = main["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pod["terminationGracePeriodSeconds"] >= sleep + own.times.drain + 5
        timeout = own.plan.script.scoring_timeout_ms / 1000 if own.plan.script else 0
        assert own.times.drain > timeout


@any_service
def test_triton_ends_before_the_kubelet_ends_it(made: ClusterService):
    for pod in pods(made):
        for triton in (one for one in containers(pod) if one["name"] == "triton"):
            (seconds,) = (int(flag.partition("=")[2]) for flag in triton["command"] if "exit-timeout" in flag)
            before = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
            assert seconds + before < pod["terminationGracePeriodSeconds"]


@any_service
def test_an_update_is_given_the_time_that_old_and_new_pods_take(made: ClusterService):
    for own in made.releases.values():
        assert own.times.progress > own.times.startup + own.times.leave + own.times.drain
        assert own.times.leave > IDLE_SECONDS, "silent connections have ended when Triton does"


@any_service
def test_shared_memory_lies_within_the_memory(made: ClusterService):
    for pod in pods(made):
        (sizes,) = [[one["emptyDir"]["sizeLimit"] for one in pod["volumes"] if one["name"] == "shared-memory"]]
        for triton in (one for one in containers(pod) if one["name"] == "triton"):
            assert bytes_of(sizes[0]) <= bytes_of(triton["resources"]["limits"]["memory"])


@any_service
def test_what_is_asked_for_is_never_more_than_the_limit_and_gpus_are_both(made: ClusterService):
    for pod in pods(made):
        asked = [one["resources"] for one in containers(pod)]
        for one in asked:
            assert bytes_of(one["requests"]["memory"]) <= bytes_of(one["limits"]["memory"])
            assert bytes_of(one["requests"]["memory"]) >= 100 * 2**20
            assert cores_of(one["requests"]["cpu"]) >= 0.1
        gpus = [
            {name: count for name, count in one[kind].items() if "/" in name}
            for one in asked
            for kind in ("requests", "limits")
        ]
        assert gpus[::2] == gpus[1::2]
        assert [one for one in gpus[::2] if one] == (
            [{made.resources.gpu_resource: str(made.resources.gpus)}] if made.resources.gpus else []
        )


@any_service
def test_an_update_and_a_drained_node_always_leave_what_they_may(made: ClusterService):
    found = manifests(made)
    for one in deployments(made):
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


def bytes_of(quantity: str) -> int:
    return int(quantity[:-2]) * 1024 ** ("Ki", "Mi", "Gi", "Ti").index(quantity[-2:]) * 1024


def cores_of(quantity: str) -> float:
    return int(quantity[:-1]) / 1000 if quantity.endswith("m") else int(quantity)
