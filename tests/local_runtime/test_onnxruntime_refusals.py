"""ONNX models that the product's Triton refuses to load, and in which words."""

import pytest
from parts.triton import running_triton

from .onnx_files import double

WRONG = {
    "many-inputs": (
        ["n", 3],
        'max_batch_size: 2\ninput { name: "x" data_type: TYPE_FP32 dims: [ 3 ] }\n'
        'input { name: "z" data_type: TYPE_FP32 dims: [ 3 ] }\noutput { name: "y" data_type: TYPE_FP32 dims: [ 3 ] }\n',
        "configuration expects 2 inputs, model provides 1",
    ),
    "other-name": (
        ["n", 3],
        'max_batch_size: 2\ninput { name: "z" data_type: TYPE_FP32 dims: [ 3 ] }\n'
        'output { name: "y" data_type: TYPE_FP32 dims: [ 3 ] }\n',
        "unexpected inference input 'z' for model 'other-name', allowed inputs are: x",
    ),
    "other-type": (
        ["n", 3],
        'max_batch_size: 2\ninput { name: "x" data_type: TYPE_INT32 dims: [ 3 ] }\n'
        'output { name: "y" data_type: TYPE_FP32 dims: [ 3 ] }\n',
        "configuration expects datatype TYPE_INT32 for input 'x', model provides TYPE_FP32",
    ),
    "other-size": (
        ["n", 3],
        'max_batch_size: 2\ninput { name: "x" data_type: TYPE_FP32 dims: [ 4 ] }\n'
        'output { name: "y" data_type: TYPE_FP32 dims: [ 3 ] }\n',
        "the model expects shape [-1, 3] but the model configuration specifies shape [-1, 4]",
    ),
    "other-rank": (
        ["n", 3],
        'max_batch_size: 2\ninput { name: "x" data_type: TYPE_FP32 dims: [ 1, 3 ] }\n'
        'output { name: "y" data_type: TYPE_FP32 dims: [ 3 ] }\n',
        "the model expects 2 dimensions (shape [-1, 3]) but the model configuration specifies 3 dimensions",
    ),
    "not-batched": (
        [2, 3],
        "max_batch_size: 2\n",
        "model does not support batching while non-zero max_batch_size is specified",
    ),
}


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What Triton says of models whose configuration does not fit, all in one start."""
    folder = tmp_path_factory.mktemp("service")
    for name, (shape, config, _) in WRONG.items():
        double(folder / "models", name, shape, f'backend: "onnxruntime"\n{config}')
    broken = folder / "models/broken/1/model.onnx"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no model at all")
    with running_triton(folder, "models", wait=False) as triton:
        assert triton.process.wait(120) == 1
        return triton.log.read_text()


@pytest.mark.parametrize("name", WRONG)
def test_a_configuration_that_does_not_fit_the_file_stops_the_start(refusals: str, name: str) -> None:
    assert WRONG[name][2] in refusals


def test_a_file_that_is_no_model_stops_the_start(refusals: str) -> None:
    assert "models/broken/1/model.onnx failed" in refusals
