"""Mistakes of the user are told in a preview, all at once, in words; nothing is made of them."""

import pytest
from parts.engine import NEEDED, ModelsProgram, PythonProgram, YamlProgram

BROKEN_CONFIG = """\
name: "digitz"
backend: "onnxruntime"
max_batch_size: -1
input [ { name: "image" data_type: TYPE_FP32 dims: [ 0 ] } ]
output [ { name: "image" data_type: TYPE_INT64 dims: [ 1 ] } ]
"""


@pytest.mark.parametrize("operation", ["preview", "up"])
def test_all_mistakes_in_the_stacks_configuration_are_told_at_once(stack: ModelsProgram, operation: str) -> None:
    # The engine itself judges the types of settings that Pulumi.yaml declares; it never sees a misspelt one.
    stack.configure({"keepVersionz": 3, "modelTag": {"a": "b"}, "modelTags": {"a": 1}})
    told = getattr(stack, operation)().refused(
        "'keepVersionz' is not a setting; did you mean 'keepVersions'?",
        "'modelTag' is not a setting; did you mean 'modelTags'?",
        "'modelTags' must be names with a text each, such as {team: vision}",
    )
    assert "3 mistakes" in told.text
    assert not stack.data.exists()


def test_a_setting_of_the_wrong_type_is_told(stack: ModelsProgram) -> None:
    stack.configure({"keepVersions": "many"})
    stack.preview().refused("keepVersions", "integer")


@pytest.mark.parametrize("way", ["own program", "yaml"])
def test_wrong_values_and_a_wrong_directory_are_told_in_one_preview(way: str, request: pytest.FixtureRequest) -> None:
    stack = request.getfixturevalue("stack" if way == "own program" else "yaml")
    (stack.models / "triton/digits/config.pbtxt").write_text(BROKEN_CONFIG)
    (stack.models / "triton/digits/1/model.onnx").unlink()
    stack.declare(name="Digits!", keepVersions=101, tags={"": "x"})
    for operation in (stack.preview, stack.up):
        operation().refused(
            "'name' must be lower-case letters and digits",
            "try 'digits'",
            "'keepVersions' must be a whole number from 0 to 100 (got 101)",
            "'tags' must map non-empty names to text",
            "models/triton/digits/config.pbtxt:1: ",
            "models/triton/digits/config.pbtxt:3: ",
            "models/triton/digits/config.pbtxt:4: ",
            "models/triton/digits/1",
        )
    assert not stack.data.exists()


def test_a_directory_that_is_not_there_is_told(stack: ModelsProgram) -> None:
    stack.declare(directory="modles")
    stack.preview().refused("modles")


def test_misspelt_arguments_are_told_in_yaml(yaml: YamlProgram) -> None:
    yaml.declare(keepVersion=3)
    yaml.preview().refused("keepVersion", "keepVersions")
    yaml.write(
        {"resources": {"keys": {"type": "triton-serving:index:ApiKeys", "properties": {"primaryRotate": "2026-10"}}}}
    )
    yaml.preview().refused("primaryRotate", "primaryRotation")


def test_misspelt_arguments_are_told_in_a_python_program(tmp_path) -> None:
    program = """
from triton_serving import TritonModelRepository
TritonModelRepository("digits", {"directory": "examples/digits/models", "name": "digits", "keepversions": 3})
"""
    stack = PythonProgram(tmp_path).make(program)
    stack.preview().refused("'keepversions' is not an argument; did you mean 'keep_versions'?")
    stack.up().refused("'keepversions' is not an argument; did you mean 'keep_versions'?")
    assert not stack.data.exists()


@pytest.mark.parametrize("properties", [{"directory": None}, {"name": None}, {"directory": 5, "keepVersions": "3"}])
def test_missing_and_mistyped_inputs_are_told_in_yaml(yaml: YamlProgram, properties: dict[str, object]) -> None:
    given = {key: value for key, value in {**NEEDED, **properties}.items() if value is not None}
    digits = {"type": "triton-serving:index:TritonModelRepository", "properties": given}
    yaml.write({"resources": {"digits": digits}})
    yaml.preview().refused(*properties)
