"""Pod Security."""

from copy import deepcopy

import pytest
from parts.policy_rules import judged
from triton_policies.kinds import DOCKER_CONTAINER
from triton_policies.rule import UNKNOWN

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
RESTRICTED = {
    "runAsNonRoot": True,
    "readOnlyRootFilesystem": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
POD = {"containers": [{"name": "triton", "securityContext": RESTRICTED}]}


def judged_pod(pod, namespace="digits"):
    given = {"metadata": {"namespace": namespace}, "spec": {"template": {"spec": pod}}}
    return judged("pod-security", DEPLOYMENT, given)


def with_context(**changes):
    pod = deepcopy(POD)
    context = {**RESTRICTED, **changes}
    pod["containers"][0]["securityContext"] = {key: value for key, value in context.items() if value is not None}
    return pod


def test_a_restricted_pod_passes():
    assert judged_pod(POD) == []


def test_what_the_pod_says_counts_for_its_containers_where_kubernetes_takes_it_over():
    said = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert judged_pod({**with_context(runAsNonRoot=None, seccompProfile=None), "securityContext": said}) == []
    assert judged_pod({**with_context(runAsNonRoot=False), "securityContext": said}) != []


@pytest.mark.parametrize("pod", [with_context(**dict.fromkeys(RESTRICTED, UNKNOWN)), {"containers": UNKNOWN}, UNKNOWN])
def test_what_is_not_known_yet_is_not_judged(pod):
    assert judged_pod(pod) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"runAsNonRoot": None}, "runAsNonRoot"),
        ({"runAsUser": 0}, "runAsUser"),
        ({"readOnlyRootFilesystem": None}, "readOnlyRootFilesystem"),
        ({"allowPrivilegeEscalation": None}, "allowPrivilegeEscalation"),
        ({"allowPrivilegeEscalation": True}, "allowPrivilegeEscalation"),
        ({"privileged": True}, "privileged"),
        ({"capabilities": None}, "capabilities.drop"),
        ({"capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}}, "capabilities.add"),
        ({"seccompProfile": None}, "seccompProfile.type"),
        ({"seccompProfile": {"type": "Unconfined"}}, "seccompProfile.type"),
    ],
)
@pytest.mark.parametrize("kind", ["containers", "initContainers"])
def test_each_right_too_many_is_refused(changes, field, kind):
    pod = with_context(**changes)
    (told,) = judged_pod({"containers": [], kind: pod["containers"]})
    assert told.startswith(f"'spec.template.spec.{kind}[0].securityContext.{field}' must ")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"hostNetwork": True}, "hostNetwork"),
        ({"hostPID": True}, "hostPID"),
        ({"hostIPC": True}, "hostIPC"),
        ({"volumes": [{"emptyDir": {}}, {"hostPath": {"path": "/"}}]}, "volumes[1].hostPath"),
    ],
)
def test_nothing_of_the_node_is_used(more, field):
    (told,) = judged_pod({**POD, **more})
    assert told.startswith(f"'spec.template.spec.{field}' must ")


def test_a_container_that_says_nothing_is_told_everything_at_once():
    assert len(judged_pod({"containers": [{"name": "c"}]})) == 5


def test_parts_of_the_cluster_itself_may_need_the_node():
    assert judged_pod({"hostNetwork": True, "containers": []}, namespace="kube-system") == []


def test_privileged_containers_of_docker_are_refused():
    assert judged("pod-security", DOCKER_CONTAINER, {"privileged": False}) == []
    assert judged("pod-security", DOCKER_CONTAINER, {"privileged": True}) != []
