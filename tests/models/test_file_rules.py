from pathlib import Path

import pytest

from .repository import ADD, GOOD, PYTHON, TENSORS, Files, check, told


@pytest.mark.parametrize(
    ("backend", "file"),
    [
        ("onnxruntime", "model.onnx"),
        ("tensorrt", "model.plan"),
        ("openvino", "model.xml"),
        ("pytorch", "model.pt"),
        ("python", "model.py"),
        ("vllm", "model.json"),
        ("tensorflow", "model.savedmodel"),
    ],
)
def test_a_missing_model_file_is_told_by_its_expected_name(backend: str, file: str, tmp_path: Path) -> None:
    found = check(tmp_path, {"net/config.pbtxt": f'backend: "{backend}" {TENSORS}', "net/1/notes": ""})
    assert told(found) == [f"model-file-missing net/1/{file}:-"]


@pytest.mark.parametrize(
    ("found", "remedy"),
    [
        ("Model.onnx", "rename Model.onnx to model.onnx; case matters"),
        ("model.plan", 'add model.onnx, or set backend: "tensorrt" to serve model.plan'),
        ("resnet.onnx", 'rename resnet.onnx to model.onnx, or set default_model_filename: "resnet.onnx"'),
    ],
)
def test_the_way_out_follows_from_what_lies_there_instead(found: str, remedy: str, tmp_path: Path) -> None:
    (problem,) = check(tmp_path, {"net/config.pbtxt": 'backend: "onnxruntime"', f"net/1/{found}": "x"}).problems
    assert problem.remedy == remedy


FINE: list[Files] = [
    {"net/config.pbtxt": 'backend: "onnxruntime" default_model_filename: "resnet.onnx"', "net/1/resnet.onnx": "x"},
    {"net/config.pbtxt": 'backend: "onnxruntime" default_model_filename: "deep/m.onnx"', "net/1/deep/m.onnx": "x"},
    {"net/config.pbtxt": 'backend: "tensorflow"', "net/1/model.savedmodel/saved_model.pb": "x"},
    {"net/config.pbtxt": f'backend: "pytorch" runtime: "model.py" {TENSORS}', "net/1/model.py": PYTHON},
    {"net/config.pbtxt": f'backend: "pytorch" platform: "torch_aoti" {TENSORS}', "net/1/model.pt2": "x"},
    {"net/config.pbtxt": f'backend: "fil" {TENSORS}', "net/1/xgboost.model": "x"},
    {
        "net/config.pbtxt": 'backend: "tensorrt" cc_model_filenames { key: "8.6" value: "model.plan.86" }',
        "net/1/model.plan.86": "x",
    },
    {"net/config.pbtxt": 'backend: "onnxruntime"', "net/1/old": "", "net/2/model.onnx": "x"},
]


@pytest.mark.parametrize("files", FINE)
def test_usual_ways_to_lay_out_a_model_are_fine(files: Files, tmp_path: Path) -> None:
    assert told(check(tmp_path, files)) == []


REFUSED: list[tuple[Files, str]] = [
    ({"net/1/model.onnx": ""}, "model-file-empty net/1/model.onnx:-"),
    ({"net/1/model.savedmodel": "x"}, "model-file-kind net/1/model.savedmodel:-"),
    ({"net/1/model.savedmodel/variables/x": "x"}, "model-file-missing net/1/model.savedmodel:-"),
    ({"net/1/model.plan/x": "x"}, "model-file-kind net/1/model.plan:-"),
    (
        {
            "net/config.pbtxt": 'backend: "onnxruntime" default_model_filename: "../m.onnx"',
            "net/m.onnx": "x",
            "net/1": None,
        },
        "linked-file-outside net/config.pbtxt:1",
    ),
    (
        {
            "net/config.pbtxt": 'backend: "tensorrt" cc_model_filenames { key: "8.6" value: "/p" }',
            "net/1/model.plan": "x",
        },
        "linked-file-outside net/config.pbtxt:1",
    ),
]


@pytest.mark.parametrize(("files", "expected"), REFUSED)
def test_a_model_file_that_cannot_be_served_is_refused(files: Files, expected: str, tmp_path: Path) -> None:
    assert told(check(tmp_path, files)) == [expected]


def test_what_the_tree_refuses_is_told_once(tmp_path: Path) -> None:
    root = tmp_path / "models"
    (root / "net" / "1").mkdir(parents=True)
    (root / "net" / "1" / "model.onnx").symlink_to("/weights")
    assert told(check(tmp_path, {"net/config.pbtxt": 'backend: "onnxruntime"'})) == ["link net/1/model.onnx:-"]


def test_labels_warm_up_data_and_states_are_found_in_their_folders(tmp_path: Path) -> None:
    config = ADD + (
        'output { name: "l" data_type: TYPE_FP32 dims: 1 label_filename: "deep/labels.txt" }\n'
        "model_warmup { batch_size: 1 "
        'inputs { key: "x" value { data_type: TYPE_FP32 dims: 4 input_data_file: "raw" } } }\n'
        'sequence_batching { state { input_name: "i" output_name: "o" data_type: TYPE_FP32 dims: 1 '
        'initial_state { name: "z" data_type: TYPE_FP32 dims: 1 data_file: "zeros" } } }\n'
    )
    data = {"add/deep/labels.txt": "", "add/warmup/raw": b"0" * 16, "add/initial_state/zeros": b"0" * 4}
    assert told(check(tmp_path, GOOD | {"add/config.pbtxt": config} | data)) == []
    short = data | {"add/warmup/raw": b"0" * 15}
    assert told(check(tmp_path, GOOD | {"add/config.pbtxt": config} | short)) == ["warmup add/config.pbtxt:7"]
