"""Small models of two kinds: in Python, and the digits in ONNX."""

from pathlib import Path

TENSORS = """
input { name: "x" data_type: TYPE_FP32 dims: [ 1 ] }
output { name: "y" data_type: TYPE_FP32 dims: [ 1 ] }
"""
ECHO = """import triton_python_backend_utils as utils
class TritonPythonModel:
    def execute(self, requests):
        return [
            utils.InferenceResponse([utils.Tensor("y", utils.get_input_tensor_by_name(one, "x").as_numpy())])
            for one in requests
        ]
"""


def python(groups: str = "") -> str:
    return f'backend: "python"\n{groups}{TENSORS}'


COMPLETES = (
    ECHO
    + """
    @staticmethod
    def auto_complete_config(config):
        return config
"""
)


def onnx(settings: str = "") -> dict[str, str | bytes]:
    digits = Path(__file__).parents[2] / "examples/digits/models/triton/digits"
    return {"digits/1/model.onnx": (digits / "1/model.onnx").read_bytes(), "digits/config.pbtxt": settings}


DIGITS = """max_batch_size: 8
input { name: "pixels" data_type: TYPE_FP32 dims: [ 64 ] }
output { name: "probabilities" data_type: TYPE_FP32 dims: [ 10 ] }
"""
