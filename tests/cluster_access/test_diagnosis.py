"""What pods say of their trouble, as real kubelets and schedulers have said it (Kubernetes 1.36), in plain words."""

import json
from pathlib import Path
from typing import Any

import pytest
from triton_serving.cluster_access.diagnosis import pod_trouble
from triton_serving.cluster_access.placement import refusal_trouble
from triton_serving.cluster_access.pulls import pull_trouble
from triton_serving.cluster_access.trouble import Hope, Trouble

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> tuple[Any, Any]:
    found = json.loads((RECORDED / f"{name}.json").read_text())
    return found["pod"], found["events"]


def told(name: str, *, beside_old_pods: bool = False) -> Trouble:
    pod, events = recorded(name)
    trouble = pod_trouble(pod, events, beside_old_pods=beside_old_pods)
    assert trouble is not None
    return trouble


TOLD = {
    "copy-fails": (Hope.SOME, "the container that copies the model ended with exit status 2", "version is whole"),
    "evicted": (Hope.SOME, 'its node ended it (Evicted: Usage of EmptyDir volume "d" exceeds', "write less to /tmp"),
    "gateway-broken": (Hope.NONE, "the gateway ended with exit status 1, 6 times", "report it with the log"),
    "image-missing": (Hope.LITTLE, "the image of Triton, 127.0.0.1:5000/e-busybox@sha256:111", "push it again"),
    "model-broken": (Hope.NONE, "Triton ended with exit status 1, 4 times", "mend the model"),
    "model-image-missing": (Hope.LITTLE, "the model's image, 127.0.0.1:5000/e-busybox@sha256:333", "push it again"),
    "no-cpu": (Hope.SOME, "no node can take it: 1 Insufficient cpu", "cpu_cores"),
    "no-gpu": (Hope.SOME, "no node can take it: 1 Insufficient nvidia.com/gpu", "gpu_cores"),
    "no-node-selected": (Hope.SOME, "didn't match Pod's node affinity/selector", "node_selector"),
    "no-such-command": (Hope.NONE, 'exec: "nonesuch": executable file not found', "its image"),
    "not-ready": (Hope.SOME, "Triton runs but is not ready: Readiness probe failed: ", "startup_timeout_seconds"),
    "out-of-memory": (Hope.NONE, "Triton needs more memory than its limit of 32Mi", "raise memory_gb"),
    "registry-away": (Hope.SOME, "cannot be pulled: connect: connection refused", "tried again"),
    "script-fails": (Hope.NONE, "the entry script cannot be served", "mend it"),
    "secret-missing": (Hope.LITTLE, "it needs the Secret 'nope', which is not there", "namespace"),
    "too-slow": (Hope.NONE, "Triton was not ready in the time that it has", "startup_timeout_seconds"),
    "triton-as-sidecar": (Hope.NONE, "Triton ended with exit status 1", "mend the model"),
    "volume-missing": (Hope.LITTLE, "it needs the Secret 'nope', which is not there", "namespace"),
}


@pytest.mark.parametrize("name", TOLD)
def test_a_failing_pod_is_told_with_its_reason_and_the_way_out(name: str) -> None:
    hope, reason, remedy = TOLD[name]
    trouble = told(name)
    assert reason in trouble.reason
    assert remedy in trouble.remedy
    assert trouble.hope is hope


def test_every_recorded_pod_is_judged() -> None:
    assert {file.stem for file in RECORDED.glob("*.json")} == TOLD.keys() | {"ready"}


def test_a_ready_pod_and_one_that_is_leaving_have_no_trouble() -> None:
    pod, events = recorded("ready")
    assert pod_trouble(pod, events) is None
    pod, events = recorded("out-of-memory")
    pod["metadata"]["deletionTimestamp"] = "2026-11-21T16:00:00Z"
    assert pod_trouble(pod, events) is None


@pytest.mark.parametrize("name", ["model-broken", "triton-as-sidecar", "script-fails", "gateway-broken", "copy-fails"])
def test_the_log_to_read_is_that_of_the_container_that_ended(name: str) -> None:
    pod, _ = recorded(name)
    expected = {"script-fails": "scoring", "gateway-broken": "gateway", "copy-fails": "model"}.get(name, "triton")
    trouble = told(name)
    assert trouble.container == expected
    kinds = "initContainerStatuses", "containerStatuses"
    (state,) = (one["state"] for kind in kinds for one in pod["status"].get(kind, ()) if one["name"] == expected)
    assert trouble.previous == ("running" in state)


def test_a_program_that_may_recover_is_given_three_restarts() -> None:
    pod, events = recorded("model-broken")
    status = pod["status"]["containerStatuses"][0]
    status["restartCount"] = 2
    trouble = pod_trouble(pod, events)
    assert trouble is not None
    assert trouble.hope is Hope.SOME


def test_an_update_that_waits_for_what_old_pods_hold_is_told_of_recycle() -> None:
    assert "strategy 'recycle'" in told("no-gpu", beside_old_pods=True).remedy
    assert "recycle" not in told("no-gpu").remedy


def test_scoring_has_its_own_memory_beside_triton_only() -> None:
    pod, events = recorded("out-of-memory")
    pod["spec"]["containers"][0]["name"] = pod["status"]["containerStatuses"][0]["name"] = "scoring"
    alone = pod_trouble(pod, events)
    pod["spec"]["initContainers"] = [{"name": "triton", "image": "x", "restartPolicy": "Always"}]
    beside = pod_trouble(pod, events)
    assert alone is not None
    assert beside is not None
    assert (alone.remedy, beside.remedy) == ("raise memory_gb", "raise script_memory_gb")


@pytest.mark.parametrize(
    ("message", "hope", "told"),
    [
        ("failed to authorize: unexpected status: 401 Unauthorized", Hope.LITTLE, "may not be read by this cluster"),
        ("pull access denied, repository does not exist or may require authorization", Hope.LITTLE, "may not be read"),
        ("manifest unknown: manifest tagged by latest is not found", Hope.LITTLE, "is not in its registry"),
        ("no match for platform in manifest: not found", Hope.LITTLE, "processors of the node"),
        ("http: server gave HTTP response to HTTPS client", Hope.LITTLE, "whose TLS the node does not accept"),
        ("dial tcp: lookup registry.example.com: no such host", Hope.SOME, "cannot be pulled"),
        ("unexpected status from HEAD request: 503 Service Unavailable", Hope.SOME, "cannot be pulled"),
        ("net/http: TLS handshake timeout", Hope.SOME, "cannot be pulled"),
    ],
    ids=["401", "denied", "unknown", "platform", "plain-http", "no-host", "503", "timeout"],
)
def test_a_registry_that_says_no_differs_from_one_that_is_away(message: str, hope: Hope, told: str) -> None:
    trouble = pull_trouble("triton", "registry.example.com/x:1", f"ErrImagePull: failed to resolve image: {message}")
    assert told in trouble.reason
    assert trouble.hope is hope


def test_pods_that_may_not_be_made_are_told_with_the_rule() -> None:
    security = refusal_trouble('pods "x" is forbidden: violates PodSecurity "baseline:latest": privileged')
    quota = refusal_trouble('pods "x" is forbidden: exceeded quota: few, requested: pods=1, used: pods=0')
    assert "violates PodSecurity" in security.reason
    assert security.hope is Hope.LITTLE
    assert "exceeded quota: few" in quota.reason
    assert quota.hope is Hope.SOME


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("CreateContainerError", 'failed to generate container "x" spec: failed to mkdir "": mkdir : no such file'),
        ("FailedMount", 'no volume plugin matched name: ""'),
    ],
)
def test_a_node_without_image_volumes_is_told_with_the_other_delivery(reason: str, message: str) -> None:
    pod, _ = recorded("secret-missing")
    waiting = pod["status"]["containerStatuses"][0]["state"]["waiting"]
    events = [{"reason": reason, "message": message, "type": "Warning", "involvedObject": {}}]
    waiting |= (
        {"reason": reason, "message": message} if reason.startswith("Create") else {"reason": "ContainerCreating"}
    )
    trouble = pod_trouble(pod, events)
    assert trouble is not None
    assert "cannot mount images as volumes" in trouble.reason
    assert "model_delivery" in trouble.remedy
