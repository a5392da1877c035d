"""What LocalWebservice declares, in previews and in updates."""

import pulumi
import pytest
from triton_serving import LocalWebservice

IMAGE = "registry.example.com/digits@sha256:" + "0" * 64
SERVICE = "triton-serving:index:LocalService"


def test_it_declares_one_service_named_after_itself_and_no_keys(graph):
    graph.deploy(lambda: LocalWebservice("digits", {"model": IMAGE}))
    assert set(graph.declared) == {"digits", "digits-service"}
    assert graph.declared["digits-service"].typ == SERVICE
    assert graph.declared["digits-service"].inputs == {"name": "digits", "model": IMAGE}


def test_every_argument_reaches_the_service_under_the_engines_name(graph):
    knobs = {
        "model": IMAGE,
        "mode": "scoring",
        "entry_script": "score.py",
        "source_directory": "src",
        "environment": "local-environment@sha256:1",
        "environment_variables": {"WORKER_COUNT": "2", "myName": "kept"},
        "service_name": "digits-two",
        "port": 0,
        "scoring_timeout_ms": 1000,
        "startup_timeout_seconds": 60,
        "allow_plain_http": True,
        "description": "reads digits",
    }
    graph.deploy(lambda: LocalWebservice("digits", knobs))
    assert graph.declared["digits-service"].inputs == {
        "name": "digits-two",
        "model": IMAGE,
        "mode": "scoring",
        "entryScript": "score.py",
        "sourceDirectory": "src",
        "environment": "local-environment@sha256:1",
        "environmentVariables": {"WORKER_COUNT": "2", "myName": "kept"},
        "port": 0,
        "scoringTimeoutMs": 1000,
        "startupTimeoutSeconds": 60,
        "allowPlainHttp": True,
        "description": "reads digits",
    }


def test_with_auth_two_keys_are_made_and_given_to_the_service(graph):
    knobs = {"model": IMAGE, "auth_enabled": True, "primary_key": "a-key-of-the-caller", "primary_rotation": "1"}
    graph.deploy(lambda: LocalWebservice("digits", knobs))
    assert set(graph.declared) == {"digits", "digits-keys", "digits-service"}
    assert graph.declared["digits-keys"].inputs["primaryRotation"] == "1"
    given = graph.declared["digits-service"].inputs
    assert given["authEnabled"] is True
    assert graph.preview or given["secondaryKey"] == "generated-2"


CONTAINERS = {"model": IMAGE, "runs_in": "containers", "gateway_image": IMAGE, "triton_image": IMAGE}


def test_in_containers_a_plan_comes_first_and_a_rollout_last(graph):
    graph.deploy(lambda: LocalWebservice("digits", CONTAINERS))
    assert list(graph.declared) == [
        *("digits", "digits-plan", "digits-network", "digits-gateway", "digits-triton", "digits-rollout")
    ]
    assert graph.declared["digits-plan"].inputs["tritonImage"] == IMAGE
    assert "runsIn" not in graph.declared["digits-plan"].inputs
    assert graph.preview or graph.declared["digits-triton"].inputs["networkMode"] == "container:digits-gateway-id"


def test_in_containers_a_script_has_one_of_its_own_with_the_callers_variables(graph):
    script = {"entry_script": "score.py", "environment_image": IMAGE}
    variables = {"environment_variables": {"WORKER_COUNT": "2", "GREETING": "hello", "HOME": "/elsewhere"}}
    graph.deploy(lambda: LocalWebservice("digits", {**CONTAINERS, **script, **variables}))
    assert "digits-scoring" in graph.declared
    if not graph.preview:
        envs = graph.declared["digits-scoring"].inputs["envs"]
        assert envs == ["A=planned", "GREETING=hello", "HOME=/elsewhere"]


def test_in_script_mode_there_is_no_triton(graph):
    script = {"mode": "script", "entry_script": "score.py", "environment_image": IMAGE, "runs_in": "containers"}
    graph.deploy(lambda: LocalWebservice("digits", {**script, "gateway_image": IMAGE}))
    assert "digits-triton" not in graph.declared
    assert "digits-scoring" in graph.declared


@pytest.mark.usefixtures("graph")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"model": IMAGE, "runs_in": "docker"}, "'runs_in' must be processes or containers"),
        ({"modell": IMAGE}, "'modell' is not an argument; did you mean 'model'"),
        ({"model": IMAGE, "primary_rotation": "1"}, "'primary_rotation' has no use while keys are off"),
    ],
    ids=["way", "misspelt", "keys off"],
)
def test_arguments_that_cannot_be_meant_are_one_clean_message(arguments, told):
    with pytest.raises(pulumi.RunError, match=told):
        LocalWebservice("digits", arguments)
