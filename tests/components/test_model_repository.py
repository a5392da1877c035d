"""What TritonModelRepository declares, in previews and in updates."""

import asyncio

import pulumi
import pytest
from triton_serving import TritonModelRepository

DIGITS = {"directory": "models", "name": "digits"}


def test_it_declares_one_version_named_after_itself_with_the_arguments_in_the_engines_names(graph):
    knobs = {"tags": {"teamName": "vision"}, "keep_versions": 3, "pinned_version": 2, "allow_plain_http": True}
    graph.deploy(lambda: TritonModelRepository("models", {**DIGITS, **knobs}))

    assert set(graph.declared) == {"models", "models-version"}
    version = graph.declared["models-version"]
    assert version.typ == "triton-serving:index:ModelVersion"
    assert version.inputs == {
        "directory": "models",
        "name": "digits",
        "tags": {"teamName": "vision"},
        "keepVersions": 3,
        "pinnedVersion": 2,
        "allowPlainHttp": True,
    }


def test_what_was_not_given_is_left_to_the_version_to_decide(graph):
    graph.deploy(lambda: TritonModelRepository("models", DIGITS))
    assert graph.declared["models-version"].inputs == DIGITS


def test_its_outputs_are_those_of_the_version_and_unknown_before_there_is_one(graph):
    models = graph.deploy(lambda: TritonModelRepository("models", DIGITS))
    outputs = pulumi.Output.all(models.image_ref, models.digest, models.version, models.models)

    known, values = asyncio.get_event_loop().run_until_complete(_look_into(outputs))
    if graph.preview:
        assert not known
    else:
        assert values == ["registry/digits@sha256:1", "sha256:1", 1, {"bertLarge": [1, 2]}]


def test_arguments_may_come_from_other_resources(graph):
    name = pulumi.Output.from_input("digits")
    graph.deploy(lambda: TritonModelRepository("models", {"directory": "models", "name": name}))
    assert graph.declared["models-version"].inputs == DIGITS


@pytest.mark.usefixtures("graph")
def test_a_misspelt_argument_is_one_clean_message_that_names_the_right_one():
    with pytest.raises(pulumi.RunError, match="'dirctory' is not an argument; did you mean 'directory'"):
        TritonModelRepository("models", {"dirctory": "models", "name": "digits"})


async def _look_into(output: pulumi.Output) -> tuple[bool, object]:
    return await output.is_known(), await output.future()
