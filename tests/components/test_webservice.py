"""What TritonWebservice declares, in previews and in updates."""

import pulumi
import pytest
from parts.cluster_services import service as planned
from pulumi.runtime import rpc
from triton_serving import TritonWebservice
from triton_serving.plan.kubernetes.manifests import manifests, secret_manifests
from triton_serving.plan.kubernetes.objects import SECRET, objects
from triton_serving.plan.service import Keys
from triton_serving.resources.kubernetes_objects import shape

IMAGE = "registry.example.com/team/image@sha256:" + "0" * 64
DIRECT = {"model": IMAGE, "triton_image": IMAGE, "gateway_image": IMAGE, "num_replicas": 1}
PLAN = "triton-serving:index:KubernetesService"


@pytest.fixture
def cluster(graph):
    """The engine's answers for a direct service of one replica."""
    rendered = planned()
    graph.outputs = graph.outputs | {
        PLAN: {
            "manifests": manifests(rendered),
            "secretManifests": secret_manifests(rendered, Keys("primary-of-sixteen", "secondary-of-sixteen")),
            "fingerprint": "abc",
            "routesVersions": ["1"],
            "chosenStrategy": "surge",
            "strategyReason": "there is room",
            "served": {"digits": [1]},
            "modelDigest": "sha256:1",
            "progressSeconds": 600,
            "serviceNamespace": "digits",
        }
    }
    return graph


def test_it_declares_keys_a_plan_every_object_of_it_and_the_wait(cluster):
    cluster.deploy(lambda: TritonWebservice("digits", DIRECT))
    found = {name.removeprefix("digits-"): one.typ for name, one in cluster.declared.items()}
    assert found["plan"] == PLAN
    assert found["keys"] == "triton-serving:index:ApiKeys"
    assert found["rollout"] == "triton-serving:index:ServiceRollout"
    kinds = [typ.rpartition(":")[2] for typ in found.values() if typ.startswith("kubernetes:")]
    assert sorted(kinds) == sorted(kind.kind for kind in objects(shape(DIRECT)).values())


def test_every_argument_reaches_the_plan_under_the_engines_name(cluster):
    knobs = {**DIRECT, "cpu_cores": 0.5, "service_name": "digits-two", "tags": {"team": "a_b"}, "exposure": "cluster"}
    cluster.deploy(lambda: TritonWebservice("digits", knobs))
    given = cluster.declared["digits-plan"].inputs
    assert (given["name"], given["cpuCores"], given["tags"]) == ("digits-two", 0.5, {"team": "a_b"})
    assert (given["numReplicas"], given["tritonImage"]) == (1, IMAGE)


def test_the_objects_are_what_the_plan_says(cluster):
    cluster.deploy(lambda: TritonWebservice("digits", DIRECT))
    if not cluster.preview:
        made = cluster.declared["digits-deployment"].inputs
        assert made["spec"] == manifests(planned())["deployment"]["spec"]
        assert "data" in cluster.declared["digits-routes"].inputs


def test_keys_are_secrets_wherever_they_go(cluster):
    cluster.deploy(lambda: TritonWebservice("digits", {**DIRECT, "primary_key": "a-key-of-sixteen-letters"}))
    given = cluster.declared["digits-keys"].inputs["primaryKey"]
    assert given == {rpc._special_sig_key: rpc._special_secret_sig, "value": "a-key-of-sixteen-letters"}
    assert set(SECRET) & set(objects(shape(DIRECT))) == {"routes"}


def test_without_auth_there_are_no_keys(cluster):
    cluster.deploy(lambda: TritonWebservice("digits", {**DIRECT, "auth_enabled": False}))
    assert "digits-keys" not in cluster.declared


@pytest.mark.parametrize(
    ("knobs", "there", "not_there"),
    [
        ({}, {"namespace", "service"}, {"script", "autoscaler", "httpRoute", "podMonitor", "candidateDeployment"}),
        ({"namespace": "team-a"}, set(), {"namespace"}),
        ({"num_replicas": None}, {"autoscaler"}, set()),
        ({"entry_script": "score.py"}, {"script"}, set()),
        ({"exposure": "gateway"}, {"httpRoute", "grpcRoute"}, set()),
        ({"exposure": "gateway", "mode": "script"}, {"httpRoute", "script"}, {"grpcRoute"}),
        ({"monitoring_namespace": "monitoring"}, {"podMonitor", "alerts", "dashboard"}, set()),
        ({"candidate_model": IMAGE}, {"candidateDeployment", "candidateRoutes", "candidateService"}, set()),
        ({"mode": "nonsense", "exposure": "nonsense"}, {"deployment"}, set()),
    ],
    ids=range(9),
)
def test_which_objects_there_are_follows_from_switches_alone(knobs, there, not_there):
    given = {key: value for key, value in {**DIRECT, **knobs}.items() if value is not None}
    found = set(objects(shape(given)))
    assert there <= found
    assert not not_there & found


@pytest.mark.usefixtures("graph")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"modell": IMAGE}, "'modell' is not an argument; did you mean 'model'"),
        ({"auth_enabled": False, "primary_rotation": "1"}, "'primary_rotation' has no use while keys are off"),
        ({"token_auth_enabled": True}, "'token_auth_enabled' of Azure ML is not taken"),
    ],
    ids=["misspelt", "keys off", "of v1"],
)
def test_arguments_that_cannot_be_meant_are_one_clean_message(arguments, told):
    with pytest.raises(pulumi.RunError, match=told):
        TritonWebservice("digits", {**DIRECT, **arguments})
