import os
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.triton import Triton, running_triton
from triton_serving.local_runtime.canary import Canary, first_look, look_again
from triton_serving.plan.service import ServedModel
from triton_serving.rules.problems import UserError

DIGITS = Path(__file__).parents[2] / "examples/digits/models/triton/digits"
IO = """
input { name: "x" data_type: TYPE_%(type)s dims: [ -1 ] }
output { name: "y" data_type: TYPE_%(type)s dims: [ -1 ] }
"""
HEAD = """import os
import numpy as np
import triton_python_backend_utils as utils
class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(request) for request in requests]
    def answer(self, request):
        x = utils.get_input_tensor_by_name(request, "x").as_numpy()
        return utils.InferenceResponse([utils.Tensor("y", self.result(x, request))])
    def result(self, x, request):
"""
MODELS = {
    "adds": ("FP32", "", "        return x + 1\n"),
    "halves": ("FP16", "", "        return x + np.float16(1)\n"),
    "texts": ("STRING", "", '        return np.array([b"\\xff", "ä".encode()], dtype=object)\n'),
    "infinite": ("FP64", "", "        return np.array([np.inf, np.nan])\n"),
    "batched": ("INT32", "max_batch_size: 4\n", "        return x + 1\n"),
    "unsteady": ("FP32", "", "        return np.random.rand(3).astype(np.float32)\n"),
    "picky": ("FP32", "", '        raise ValueError("zeros are not for me")\n'),
    "fragile": ("FP32", "", "        os._exit(3)\n"),
    "warmed": (
        "FP32",
        'model_warmup { name: "w" inputs { key: "x" value { data_type: TYPE_FP32 dims: [ 5 ] zero_data: true } } }\n',
        "        assert len(x) == 5\n        return x\n",
    ),
    "sequence": (
        "FP32",
        """max_batch_size: 2
sequence_batching { control_input { name: "START" control { kind: CONTROL_SEQUENCE_START fp32_false_true: [0, 1] } } }
""",
        '        return x + utils.get_input_tensor_by_name(request, "START").as_numpy()\n',
    ),
    "decoupled": ("FP32", "model_transaction_policy { decoupled: true }\n", "        return x\n"),
    "optional": ("FP32", 'input { name: "z" data_type: TYPE_FP32 dims: [ 1 ] optional: true }\n', "        return x\n"),
}
NO_EXECUTE = "class TritonPythonModel:\n    pass\n"


def write(repository: Path, name: str, config: str, source: str) -> None:
    (repository / name / "1").mkdir(parents=True)
    (repository / name / "config.pbtxt").write_text(f'backend: "python"\n{config}')
    (repository / name / "1" / "model.py").write_text(source)


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Triton]:
    folder = tmp_path_factory.mktemp("service")
    for name, (kind, settings, result) in MODELS.items():
        write(folder / "models", name, settings + IO % {"type": kind}, HEAD + result)
    write(folder / "models", "idle", IO % {"type": "FP32"}, NO_EXECUTE)
    shutil.copytree(DIGITS, folder / "models" / "digits")
    with running_triton(folder, "models") as running:
        yield running


def look(triton: Triton, *names: str) -> tuple[list[Canary], list[str]]:
    return first_look(triton.port, [ServedModel(name, (1,)) for name in names], 60)


@pytest.mark.parametrize(
    "name", ["adds", "halves", "texts", "infinite", "batched", "warmed", "sequence", "optional", "digits"]
)
def test_a_model_that_is_well_stays_well(triton: Triton, name: str) -> None:
    (canary,), notices = look(triton, name)
    assert notices == []
    assert canary.answer
    assert look_again(triton.port, canary, 60) is None


def test_a_free_dimension_is_one_and_zeros_are_sent(triton: Triton) -> None:
    (canary,), _ = look(triton, "adds")
    assert canary.answer is not None
    assert [(tensor.shape, tensor.values()) for tensor in canary.answer] == [((1,), [1.0])]


def test_a_warmup_sample_decides_the_shape(triton: Triton) -> None:
    (canary,), _ = look(triton, "warmed")
    assert canary.answer is not None
    assert [tensor.shape for tensor in canary.answer] == [(5,)]


def test_a_model_that_never_answers_the_same_is_held_to_sizes_only(triton: Triton) -> None:
    (canary,), notices = look(triton, "unsteady")
    assert notices == []
    assert canary.answer is None
    assert look_again(triton.port, canary, 60) is None


def test_a_model_that_refuses_zeros_serves_without_canary_and_the_notice_says_what_to_add(triton: Triton) -> None:
    canaries, (notice,) = look(triton, "picky", "adds")
    assert [canary.model for canary in canaries] == ["adds"]
    assert "model picky, version 1: only its readiness is watched" in notice
    assert "zeros are not for me" in notice
    assert "model_warmup sample" in notice


def test_a_decoupled_model_is_left_out(triton: Triton) -> None:
    canaries, (notice,) = look(triton, "decoupled")
    assert canaries == []
    assert "it is decoupled" in notice


def test_a_model_without_execute_does_not_serve(triton: Triton) -> None:
    with pytest.raises(UserError, match=r"model idle, version 1 does not serve: .*does not implement `execute`"):
        look(triton, "idle")


def test_a_model_that_dies_of_zeros_does_not_serve(triton: Triton) -> None:
    with pytest.raises(UserError, match=r"model fragile, version 1 does not serve: .*model_warmup|not healthy"):
        look(triton, "fragile")


def test_a_version_that_is_not_there_does_not_serve(triton: Triton) -> None:
    with pytest.raises(UserError, match="model adds, version 2 does not serve"):
        first_look(triton.port, [ServedModel("adds", (2,))], 60)


def test_no_model_at_all_does_not_serve(triton: Triton) -> None:
    with pytest.raises(UserError, match="Triton serves no model"):
        first_look(triton.port, [], 60)


def test_other_values_than_at_first_are_told(triton: Triton) -> None:
    (canary,), _ = look(triton, "adds")
    (other,), _ = look(triton, "infinite")
    mixed = Canary("adds", 1, canary.request, canary.header_length, other.answer, shared=False, seconds=0)
    assert look_again(triton.port, mixed, 60) == "its answer has other outputs or shapes than at first"


def test_a_killed_process_of_a_model_is_told_although_triton_calls_it_ready(tmp_path: Path) -> None:
    write(tmp_path / "models", "adds", IO % {"type": "FP32"}, HEAD + MODELS["adds"][2])
    with running_triton(tmp_path, "models") as triton:
        (canary,), _ = look(triton, "adds")
        (stub,) = triton.stubs()
        os.kill(stub, signal.SIGKILL)
        wrong = look_again(triton.port, canary, 60)
        assert wrong is not None
        assert "not healthy" in wrong
        with pytest.raises(UserError, match="not healthy"):
            look(triton, "adds")


def test_a_wrong_numpy_is_told_although_triton_answers_200(tmp_path: Path) -> None:
    write(tmp_path / "models", "adds", IO % {"type": "FP32"}, HEAD + MODELS["adds"][2])
    ours = Path(sysconfig.get_path("scripts"))
    command = [ours / "python3", "-c", "import numpy; print(numpy.__version__)"]
    assert int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split(".")[0]) >= 2
    with (
        running_triton(tmp_path, "models", {"PATH": f"{ours}:/usr/bin:/bin"}) as triton,
        pytest.raises(UserError, match=r"version 1 does not serve: its output 'y' has 0 bytes, which is not FP32"),
    ):
        look(triton, "adds")
