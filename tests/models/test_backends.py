"""What serves a model: its configuration says so, or its files tell."""

from pathlib import Path

import pytest

from .repository import ADD, GOOD, PYTHON, TENSORS, Files, check, check_config, told


@pytest.mark.parametrize(
    ("config", "rule"),
    [
        ('backend: "onnxruntim"', "backend-unknown"),
        ('platform: "onnxruntime_onyx"', "backend-unknown"),
        ('backend: "onnxruntime" platform: "tensorrt_plan"', "backend-platform"),
        ('backend: "python" platform: "ensemble"', "backend-unknown"),
        ('default_model_filename: "weights.bin"', "backend-unknown"),
    ],
)
def test_a_backend_that_no_server_has_is_refused(config: str, rule: str, tmp_path: Path) -> None:
    assert rule in {problem.rule for problem in check_config(tmp_path, config + TENSORS).problems}


@pytest.mark.parametrize("place", ["net/libtriton_mine.so", "net/1/libtriton_mine.so", "net/model.py"])
def test_a_backend_may_come_along_with_the_model(place: str, tmp_path: Path) -> None:
    assert told(check(tmp_path, {"net/config.pbtxt": 'backend: "mine"', "net/1/x": "", place: "x"})) == []


def test_a_config_that_lists_neither_inputs_nor_outputs_is_refused_where_triton_cannot_ask(tmp_path: Path) -> None:
    assert told(check_config(tmp_path, 'backend: "python"')) == ["tensor-missing add/config.pbtxt:-"]


def test_a_model_may_be_named_after_its_backend(tmp_path: Path) -> None:
    files = {"my.identity/config.pbtxt": TENSORS, "my.identity/1/model.identity": "x"}
    found = check(tmp_path, files)
    assert told(found) == []
    assert found.models[0].backend == "identity"


WITHOUT: list[tuple[Files, str]] = [
    ({"net/1/model.onnx": "x"}, "onnxruntime"),
    ({"net/1/model.onnx/model.onnx": "x"}, "onnxruntime"),
    ({"net/1/model.plan": "x"}, "tensorrt"),
    ({"net/1/model.xml": "x", "net/1/model.bin": "x"}, "openvino"),
    ({"net/1/model.savedmodel/saved_model.pb": "x"}, "tensorflow"),
    ({"net/1/model.py": PYTHON + "    def auto_complete_config(c):\n        return c\n"}, "python"),
]


@pytest.mark.parametrize(("files", "backend"), WITHOUT)
def test_a_model_that_triton_can_ask_itself_needs_no_config(files: Files, backend: str, tmp_path: Path) -> None:
    found = check(tmp_path, files)
    assert told(found) == []
    assert found.models[0].backend == backend


def test_what_serves_a_model_without_config_is_told_by_its_first_folder_as_triton_does(tmp_path: Path) -> None:
    found = check(tmp_path, {"net/1/model.onnx": "x", "net/2/model.plan": "x"})
    assert told(found) == ["model-file-missing net/2/model.onnx:-"]


@pytest.mark.parametrize("file", ["model.pt", "model.pt2", "model.graphdef", "weights.h5"])
def test_a_model_that_cannot_tell_needs_a_config(file: str, tmp_path: Path) -> None:
    assert told(check(tmp_path, {f"net/1/{file}": "x"})) == ["config-missing net/config.pbtxt:-"]


def test_a_python_model_that_does_not_complete_its_config_needs_one(tmp_path: Path) -> None:
    assert told(check(tmp_path, {"net/1/model.py": PYTHON})) == ["config-missing net/config.pbtxt:-"]


def test_a_backend_that_completes_may_have_half_a_config(tmp_path: Path) -> None:
    config = 'backend: "onnxruntime" output { name: "y" label_filename: "labels.txt" }'
    assert told(check(tmp_path, {"net/config.pbtxt": config, "net/labels.txt": "", "net/1/model.onnx": "x"})) == []


def test_a_model_that_nothing_tells_how_to_serve_is_told_with_what_it_holds(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, GOOD | {"net/1/model.pth": "x"}).problems
    assert problem.rule == "config-missing"
    assert "version 1 holds model.pth" in problem.message


def test_an_unknown_backend_is_met_with_those_there_are(tmp_path: Path) -> None:
    (problem,) = check_config(tmp_path, ADD.replace('"python"', '"nonsense"')).problems
    assert "onnxruntime" in problem.remedy
    assert "libtriton_nonsense.so" in problem.remedy
