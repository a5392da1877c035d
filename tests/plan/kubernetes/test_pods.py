"""A pod of each mode: which programs it has, in which order they start and end, and what they are told."""

from dataclasses import replace
from typing import Any

import pytest
from parts.cluster_services import MODEL, release, service
from triton_serving.plan.gateway import pod as gateway
from triton_serving.plan.kubernetes.manifests import manifests
from triton_serving.plan.kubernetes.service import (
    ClusterService,
    Delivery,
    Reach,
    Resources,
    Strategy,
)
from triton_serving.plan.processes import ScoringPlaces, scoring_process
from triton_serving.plan.service import Mode, Script


def spec_of(made: ClusterService, which: str = "deployment") -> dict[str, Any]:
    return dict(manifests(made)[which]["spec"])


def pod_of(made: ClusterService, which: str = "deployment") -> dict[str, Any]:
    return dict(spec_of(made, which)["template"]["spec"])


def programs(made: ClusterService) -> dict[str, dict[str, Any]]:
    """In the order in which they start."""
    pod = pod_of(made)
    return {one["name"]: one for one in [*pod["initContainers"], *pod["containers"]]}


def sidecars(made: ClusterService) -> list[str]:
    return [one["name"] for one in pod_of(made)["initContainers"] if one.get("restartPolicy") == "Always"]


def variables(container: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in container.get("env", ())}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (Mode.DIRECT, ["gateway", "triton"]),
        (Mode.SCORING, ["gateway", "triton", "scoring"]),
        (Mode.SCRIPT, ["gateway", "scoring"]),
    ],
)
def test_each_mode_has_its_programs_and_the_last_one_is_not_a_sidecar(mode: Mode, expected: list[str]):
    made = service(mode)
    assert list(programs(made)) == expected
    assert sidecars(made) == expected[:-1]


def test_a_script_starts_when_triton_has_loaded_its_models():
    triton = programs(service(Mode.SCORING))["triton"]
    assert triton["restartPolicy"] == "Always"
    assert triton["startupProbe"]["httpGet"]["path"] == gateway.TRITON_READY_PATH


@pytest.mark.parametrize("mode", Mode)
def test_a_pod_is_ready_when_everything_in_it_is(mode: Mode):
    (main,) = pod_of(service(mode))["containers"]
    assert main["readinessProbe"]["httpGet"]["path"] == gateway.READY_PATH


def test_triton_is_started_again_when_an_instance_of_a_model_is_dead():
    for mode in (Mode.DIRECT, Mode.SCORING):
        assert programs(service(mode))["triton"]["livenessProbe"]["httpGet"]["path"] == gateway.TRITON_LIVE_PATH


@pytest.mark.parametrize("mode", Mode)
def test_requests_still_come_in_while_the_cluster_hears_that_a_pod_ends(mode: Mode):
    made = service(mode)
    (main,) = pod_of(made)["containers"]
    assert main["lifecycle"]["preStop"] == {"sleep": {"seconds": made.stable.times.leave}}
    drain = programs(made)["gateway"]["lifecycle"]["preStop"]["httpGet"]
    assert (drain["path"], drain["port"]) == (gateway.DRAIN_PATH, gateway.DRAIN_PORT)


def test_triton_finishes_what_it_has_begun_and_behind_a_script_nothing_is_left_to_finish():
    direct, scoring = service(), service(Mode.SCORING)
    assert f"--exit-timeout-secs={direct.stable.times.drain}" in programs(direct)["triton"]["command"]
    assert "--exit-timeout-secs=3" in programs(scoring)["triton"]["command"]


def test_triton_is_reached_by_nobody_but_the_programs_of_its_pod():
    command = programs(service())["triton"]["command"]
    for interface in ("http", "grpc", "metrics"):
        assert f"--{interface}-address=127.0.0.1" in command


def test_the_script_finds_the_same_variables_as_on_a_single_machine():
    script = Script("src/score.py", worker_count=3, max_request_wait_ms=500, variables={"LANGUAGE": "en"})
    made = service(Mode.SCORING)
    made = replace(made, stable=replace(made.stable, plan=replace(made.stable.plan, script=script)))
    places = ScoringPlaces("/python", "source", "azureml-models", "/tmp/x")
    here = scoring_process(made.stable.plan, script, places, "/var/azureml-app", 5001, None)
    pod = programs(made)["scoring"]
    own = {"HOME", "PATH", "TMPDIR"}
    assert {name: value for name, value in variables(pod).items() if name not in own} == {
        name: value for name, value in here.environment.items() if name not in own
    }
    assert pod["command"][1:] == [argument for argument in here.command[1:] if argument != "--reuse_port"]


def test_a_script_without_a_model_is_told_of_none():
    made = service(Mode.SCRIPT)
    made = replace(made, stable=replace(made.stable, model=None))
    script = programs(made)["scoring"]
    assert "AZUREML_MODEL_DIR" not in variables(script)
    assert not any("--model_dir" in argument for argument in script["command"])


def test_the_kubelet_mounts_the_models_image():
    (volume,) = (one for one in pod_of(service())["volumes"] if one["name"] == "model")
    assert volume["image"] == {"reference": MODEL.reference, "pullPolicy": "IfNotPresent"}


def test_a_model_that_is_copied_is_there_before_anything_else_starts():
    made = service(delivery=Delivery.COPY, fetcher_image="fetcher", image_pull_secrets=("registry",))
    names = list(programs(made))
    fetcher = programs(made)["model"]
    assert names[0] == "model"
    assert fetcher["command"][-2:] == [MODEL.reference, "/var/azureml-app/azureml-models"]
    assert variables(fetcher)["DOCKER_CONFIG"] == "/etc/registry"
    assert "--allow-plain-http" not in fetcher["command"]
    assert "--allow-plain-http" in programs(replace(made, allow_plain_http=True))["model"]["command"]


def test_gpus_are_tritons_where_there_is_one():
    resource = "nvidia.com/mig-1g.10gb"
    wanted = Resources(gpus=2, gpu_resource=resource)
    for mode, holder in ((Mode.DIRECT, "triton"), (Mode.SCORING, "triton"), (Mode.SCRIPT, "scoring")):
        found = programs(service(mode, resources=wanted))
        holding = [name for name, one in found.items() if resource in one["resources"]["limits"]]
        assert holding == [holder]


def test_pods_with_gpus_tolerate_the_taints_of_gpu_nodes_and_others_do_not():
    tolerations = pod_of(service(resources=Resources(gpus=1)))["tolerations"]
    assert {"key": "nvidia.com/gpu", "operator": "Exists"} in tolerations
    assert {"key": "sku", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"} in tolerations
    assert "tolerations" not in pod_of(service())


def test_a_certificate_is_mounted_where_the_gateway_reads_it():
    made = service(reach=Reach(tls_secret="digits-tls"), candidate=release())  # noqa: S106
    mounts = {one["name"]: one for one in programs(made)["gateway"]["volumeMounts"]}
    assert mounts["gateway-tls"] == {"name": "gateway-tls", "mountPath": gateway.TLS_FOLDER, "readOnly": True}
    assert "gateway-tls" not in [one["name"] for one in pod_of(made, "candidateDeployment")["volumes"]]


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (Strategy.SURGE, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}),
        (Strategy.RECYCLE, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}),
        (Strategy.RECREATE, {"type": "Recreate"}),
    ],
)
def test_a_strategy_in_the_words_of_a_deployment(strategy: Strategy, expected: dict[str, Any]):
    assert spec_of(service(strategy=strategy))["strategy"] == expected


def test_pods_go_to_different_nodes_and_zones_where_there_is_a_choice():
    spread = pod_of(service())["topologySpreadConstraints"]
    assert [one["topologyKey"] for one in spread] == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    assert {one["whenUnsatisfiable"] for one in spread} == {"ScheduleAnyway"}


def test_a_namespace_of_the_services_own_lets_nothing_in_that_has_more_rights():
    labels = manifests(service())["namespace"]["metadata"]["labels"]
    for mode in ("enforce", "warn", "audit"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"


def test_tags_and_description_are_said_of_the_deployment():
    made = service(tags={"team": "vision"}, description="Reads digits")
    said = manifests(made)["deployment"]["metadata"]["annotations"]
    assert said["tags.triton-serving/team"] == "vision"
    assert said["triton-serving/description"] == "Reads digits"
