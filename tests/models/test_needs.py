from triton_serving.models.check import check_directory
from triton_serving.models.finding_needs import needs_of
from triton_serving.models.fresh_images import recalled
from triton_serving.models.image_config import read_needs
from triton_serving.models.needs import Input, Needs
from triton_serving.models.snapshot import snapshot
from triton_serving.models.work import Work

PYTHON = """
backend: "python"
max_batch_size: 8
input [
  { name: "words" data_type: TYPE_STRING dims: [ -1, 4 ] },
  { name: "scale" data_type: TYPE_FP32 dims: [ 1 ] optional: true }
]
output [ { name: "sum" data_type: TYPE_FP32 dims: [ 1 ] } ]
instance_group [ { count: 2 kind: KIND_GPU gpus: [ 0, 1 ] } ]
"""
MODEL = b"class TritonPythonModel:\n    def execute(self, requests): ...\n"


def found(plant, config: str) -> Needs:
    tree = plant({"models/triton/sum/config.pbtxt": config.encode(), "models/triton/sum/1/model.py": MODEL})
    return needs_of(check_directory(tree.root))


def test_a_model_tells_its_backend_instances_and_what_a_request_has_to_hold(plant) -> None:
    needs = found(plant, PYTHON)
    assert needs.repository == "models/triton"
    (model,) = needs.models
    assert (model.name, model.versions, model.backend, model.asks_for_gpu) == ("sum", (1,), "python", True)
    assert model.instances == 4
    assert model.inputs == (Input("words", "BYTES", (-1, -1, 4)),)


def test_of_a_model_whose_single_requests_mean_nothing_no_inputs_are_told(plant) -> None:
    for part in ("sequence_batching { }", "model_transaction_policy { decoupled: true }"):
        assert found(plant, PYTHON.replace("max_batch_size: 8", part)).models[0].inputs == ()


def test_what_a_model_needs_is_known_of_an_image_that_is_not_pushed_yet(plant) -> None:
    tree = plant({"models/triton/sum/config.pbtxt": PYTHON.encode(), "models/triton/sum/1/model.py": MODEL})
    check = check_directory(tree.root)
    content, _ = snapshot(check, Work())
    config = recalled(f"registry.example.com/team/sum@{content.digest}")
    assert config is not None
    assert read_needs(config) == needs_of(check)
