"""NVIDIA's device plugin, as the cluster gets it."""

import pytest
from triton_serving.plan.azure.device_plugin import device_plugin

from .planned import DEV, T4

IMAGE = "nvcr.io/nvidia/k8s-device-plugin:v0.19.0@sha256:" + "0" * 64
GIVEN = DEV | {"devicePluginImage": IMAGE}
SLICED = GIVEN | {"gpuPools": [T4, {"name": "a100", "vmSize": "Standard_NC24ads_A100_v4", "migProfile": "MIG3g"}]}


def pod(given):
    return device_plugin(given, "gpu")["spec"]["template"]["spec"]


def variables(given):
    [container] = pod(given)["containers"]
    return {one["name"]: one["value"] for one in container["env"]}


def selected(given):
    terms = pod(given)["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    [label] = terms["nodeSelectorTerms"][0]["matchExpressions"]
    return label["key"], label["values"]


def test_it_runs_on_the_pools_that_are_added_and_on_no_other():
    assert selected(GIVEN) == ("kubernetes.azure.com/agentpool", ["t4"])
    assert selected(GIVEN | {"gpuPools": []}) == ("kubernetes.azure.com/accelerator", ["nvidia"])


def test_no_taint_keeps_it_away_and_nothing_puts_it_out():
    assert pod(GIVEN)["tolerations"] == [{"operator": "Exists"}]
    assert pod(GIVEN)["priorityClassName"] == "system-node-critical"


def test_it_may_do_nothing_but_talk_to_the_kubelet():
    [container] = pod(GIVEN)["containers"]
    # Root by the image or by the pod, which is all the same.
    assert container["securityContext"] | {"runAsUser": 0} == {
        "runAsUser": 0,
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod(GIVEN)["automountServiceAccountToken"] is False
    assert [one["hostPath"]["path"] for one in pod(GIVEN)["volumes"]] == ["/var/lib/kubelet/device-plugins"]
    assert container["image"] == IMAGE


def test_slices_count_as_gpus_and_take_the_right_to_be_read():
    [container] = pod(SLICED)["containers"]
    assert variables(SLICED)["MIG_STRATEGY"] == "single"
    assert variables(SLICED)["NVIDIA_MIG_MONITOR_DEVICES"] == "all"
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["SYS_ADMIN"]}
    assert variables(GIVEN)["MIG_STRATEGY"] == "none"


def test_gpus_that_azures_host_slices_are_found_by_a_slices_name():
    sliced = {"name": "rtx", "vmSize": "Standard_NC144ds_xl_RTXPRO6000BSE_v6"}
    assert variables(GIVEN | {"gpuPools": [T4, sliced]})["MIG_STRATEGY"] == "single"


def test_it_tries_again_until_the_driver_is_there():
    assert variables(GIVEN)["FAIL_ON_INIT_ERROR"] == "true"


@pytest.mark.parametrize(
    ("component", "name"),
    [("gpu", "gpu"), ("My_Cluster", "my-cluster"), ("x" * 60, "x" * 40)],
)
def test_two_clusters_of_one_name_space_do_not_share_it(component, name):
    planned = device_plugin(GIVEN, component)
    assert planned["metadata"]["name"] == f"nvidia-device-plugin-{name}"
    assert len(planned["metadata"]["name"]) <= 63
    labels = planned["spec"]["template"]["metadata"]["labels"].items()
    assert planned["spec"]["selector"]["matchLabels"].items() <= labels
