"""What ScoringEnvironment declares, in previews and in updates."""

import asyncio

import pulumi
import pytest
from triton_serving import ScoringEnvironment


def test_it_declares_one_environment_named_after_itself_with_the_arguments_in_the_engines_names(graph):
    graph.deploy(
        lambda: ScoringEnvironment(
            "environment",
            {
                "pip_packages": ["nltk==3.10.4"],
                "requirements_file": "requirements.txt",
                "python_version": "3.11",
                "environment_variables": {"WORKER_COUNT": "2", "teamName": "vision"},
                "description": "words",
            },
        )
    )
    assert set(graph.declared) == {"environment", "environment-python"}
    python = graph.declared["environment-python"]
    assert python.typ == "triton-serving:index:PythonEnvironment"
    assert python.inputs == {
        "pipPackages": ["nltk==3.10.4"],
        "requirementsFile": "requirements.txt",
        "pythonVersion": "3.11",
        "environmentVariables": {"WORKER_COUNT": "2", "teamName": "vision"},
        "description": "words",
    }


def test_nothing_has_to_be_given(graph):
    made = graph.deploy(lambda: ScoringEnvironment("environment", {}))
    assert graph.declared["environment-python"].inputs == {}
    assert _value(made.environment_variables) == {}


def test_its_outputs_are_those_of_the_environment_and_its_variables_are_known_at_once(graph):
    variables = pulumi.Output.from_input({"WORKER_COUNT": "2"})
    made = graph.deploy(lambda: ScoringEnvironment("environment", {"environment_variables": variables}))
    assert _value(made.environment_variables) == {"WORKER_COUNT": "2"}
    if not graph.preview:
        assert _value(made.environment_ref) == "local-environment@sha256:1"
        assert _value(made.packages) == ["nltk==3.10.4"]


@pytest.mark.usefixtures("graph")
def test_a_misspelt_argument_is_one_clean_message_that_names_the_right_one():
    with pytest.raises(pulumi.RunError, match="'pip_package' is not an argument; did you mean 'pip_packages'"):
        ScoringEnvironment("environment", {"pip_package": []})


def _value(output):
    return asyncio.get_event_loop().run_until_complete(output.future())


def test_with_a_registry_it_declares_an_image_instead(graph):
    made = graph.deploy(
        lambda: ScoringEnvironment(
            "environment",
            {
                "registry": "registry.example.com/team",
                "pip_packages": ["nltk==3.10.4"],
                "requirements_file": "requirements.txt",
                "conda_file": "conda_dependencies.yml",
                "curated": "none",
                "base_image": "docker.io/library/python:3.11-slim",
                "python_version": "3.11",
                "environment_variables": {"WORKER_COUNT": "2"},
                "description": "words",
                "allow_plain_http": True,
            },
        )
    )
    assert set(graph.declared) == {"environment", "environment-image"}
    image = graph.declared["environment-image"]
    assert image.typ == "triton-serving:index:EnvironmentImage"
    assert image.inputs == {
        "name": "environment",
        "registry": "registry.example.com/team",
        "pipPackages": ["nltk==3.10.4"],
        "requirementsFile": "requirements.txt",
        "condaFile": "conda_dependencies.yml",
        "curated": "none",
        "baseImage": "docker.io/library/python:3.11-slim",
        "pythonVersion": "3.11",
        "environmentVariables": {"WORKER_COUNT": "2"},
        "description": "words",
        "allowPlainHttp": True,
    }
    assert _value(made.environment_variables) == {"WORKER_COUNT": "2"}


def test_the_images_name_can_be_another_one(graph):
    given = {"registry": "registry.example.com/team", "image_name": "my-triton"}
    graph.deploy(lambda: ScoringEnvironment("My-Triton", given))
    assert graph.declared["My-Triton-image"].inputs["name"] == "my-triton"


@pytest.mark.usefixtures("graph")
def test_what_belongs_to_an_image_is_refused_without_a_registry_all_at_once():
    with pytest.raises(pulumi.RunError) as refused:
        ScoringEnvironment("environment", {"base_image": "x", "allow_plain_http": True, "pip_packages": []})
    assert "'baseImage' is of an image; set 'registry'" in str(refused.value)
    assert "'allowPlainHttp' is of an image" in str(refused.value)
    assert "pipPackages" not in str(refused.value)
