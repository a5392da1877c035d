"""What holds for every pod of the services that the rules let through, whatever is asked for."""

import re
from collections.abc import Iterator
from typing import Any

from parts.any_service import any_service
from triton_serving.plan.kubernetes.manifests import manifests
from triton_serving.plan.kubernetes.service import ClusterService

DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")


def pods(made: ClusterService) -> Iterator[dict[str, Any]]:
    yield from (one["spec"]["template"]["spec"] for one in manifests(made).values() if one["kind"] == "Deployment")


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    return [*pod["initContainers"], *pod["containers"]]


def lasting(pod: dict[str, Any]) -> list[dict[str, Any]]:
    """All but what is over before the others start."""
    return [one for one in containers(pod) if one.get("restartPolicy") == "Always" or one in pod["containers"]]


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


def bytes_of(quantity: str) -> int:
    return int(quantity[:-2]) * 1024 ** ("Ki", "Mi", "Gi", "Ti").index(quantity[-2:]) * 1024


def cores_of(quantity: str) -> float:
    return int(quantity[:-1]) / 1000 if quantity.endswith("m") else int(quantity)
