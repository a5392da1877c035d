"""The digits example keeps what its README promises, and is a model directory that Triton can load."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
from google.protobuf import text_format
from PIL import Image
from triton_serving.models.check import check_directory
from tritonclient.grpc import model_config_pb2

EXAMPLE = Path(__file__).parents[2] / "examples/digits"
MODEL = EXAMPLE / "models/triton/digits"
ONNX_TYPES = {"tensor(float)": model_config_pb2.TYPE_FP32}


@pytest.fixture(scope="module")
def train() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLE)
        yield import_module("train")


@pytest.fixture(scope="module")
def config() -> Any:
    text = (MODEL / "config.pbtxt").read_text(encoding="utf-8")
    return text_format.Parse(text, model_config_pb2.ModelConfig())


@pytest.fixture(scope="module")
def session() -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(MODEL / "1/model.onnx", providers=["CPUExecutionProvider"])


def run_check(train: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["train.py", "--check"])
    train.main()


def test_the_committed_model_is_as_accurate_as_the_readme_says(
    train: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_check(train, monkeypatch)
    assert train.accuracy(train.MODEL) >= train.claimed_accuracy() > 97
    assert f"{train.claimed_accuracy()} % of 450 held-out pictures are recognised" in capsys.readouterr().out


def test_a_readme_that_promises_more_than_the_model_keeps_fails_the_check(
    train: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    boast = tmp_path / "README.md"
    boast.write_text("**99.9 %**", encoding="utf-8")
    monkeypatch.setattr(train, "README", boast)
    with pytest.raises(SystemExit, match=r"worse than README\.md says"):
        run_check(train, monkeypatch)


def test_the_held_out_pictures_are_none_of_those_learnt_from(train: Any) -> None:
    learn, held_out = train.split()
    assert len(learn.digits) + len(held_out.digits) == 1797
    assert not {picture.tobytes() for picture in learn.pixels} & {picture.tobytes() for picture in held_out.pixels}


def test_training_again_makes_a_model_as_good_and_twice_the_same_bytes(train: Any, tmp_path: Path) -> None:
    learn, _ = train.split()
    again = train.train(learn)
    model = tmp_path / "model.onnx"
    model.write_bytes(again)
    # Another processor may add in another order and learn a slightly different model: one picture in a hundred is room.
    assert train.accuracy(model) >= train.claimed_accuracy() - 1
    assert train.train(learn) == again


def test_the_picture_shows_what_the_model_answers(train: Any) -> None:
    _, held_out = train.split()
    assert train.draw(*held_out, train.classify(train.MODEL, held_out)) == train.PICTURE.read_text(encoding="utf-8")


def test_the_requests_are_what_training_writes(train: Any, tmp_path: Path) -> None:
    _, held_out = train.split()
    train.write_samples(tmp_path, held_out.pixels[held_out.digits == 7][0])
    for name in ("request.json", "pixels.json"):
        assert (tmp_path / name).read_bytes() == (EXAMPLE / name).read_bytes()
    with Image.open(tmp_path / "seven.png") as drawn, Image.open(EXAMPLE / "seven.png") as committed:
        assert drawn.tobytes() == committed.tobytes()  # packed files may differ with Pillow's release


def test_config_and_model_file_agree_on_tensors(config: Any, session: onnxruntime.InferenceSession) -> None:
    in_file = {tensor.name: tensor for tensor in [*session.get_inputs(), *session.get_outputs()]}
    assert [tensor.name for tensor in config.input] == [tensor.name for tensor in session.get_inputs()]
    assert [tensor.name for tensor in config.output] == ["probabilities"]
    for tensor in [*config.input, *config.output]:
        free, *dims = in_file[tensor.name].shape
        assert not isinstance(free, int), "batching needs a free first dimension"
        assert list(tensor.dims) == dims
        assert tensor.data_type == ONNX_TYPES[in_file[tensor.name].type]


def test_batching_is_on(config: Any) -> None:
    assert config.max_batch_size == 64
    assert config.HasField("dynamic_batching")


def test_the_labels_name_the_classes_in_the_models_order(config: Any) -> None:
    labels = (MODEL / config.output[0].label_filename).read_text(encoding="utf-8").splitlines()
    assert labels == ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def test_the_model_is_small_enough_for_a_repository() -> None:
    assert (MODEL / "1/model.onnx").stat().st_size < 50_000


def test_the_model_directory_is_accepted_for_registration() -> None:
    check = check_directory(EXAMPLE / "models")
    assert check.problems == ()
    assert [(model.name, model.served) for model in check.models] == [("digits", (1,))]
    assert {file.path for file in check.tree.files} == {
        "models/triton/digits/1/model.onnx",
        "models/triton/digits/config.pbtxt",
        "models/triton/digits/labels.txt",
    }
