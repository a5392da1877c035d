"""ONNX models in the product's Triton, asked by the unmodified client as users have it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tritonclient.http
from onnx import TensorProto, helper
from parts.load import eventually
from parts.triton import Triton, running_triton

from .onnx_files import double, save

FLOAT, INT64, STRING = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING
ALL_TYPES = {
    "bool": (TensorProto.BOOL, np.bool_),
    "u8": (TensorProto.UINT8, np.uint8),
    "u16": (TensorProto.UINT16, np.uint16),
    "u32": (TensorProto.UINT32, np.uint32),
    "u64": (TensorProto.UINT64, np.uint64),
    "i8": (TensorProto.INT8, np.int8),
    "i16": (TensorProto.INT16, np.int16),
    "i32": (TensorProto.INT32, np.int32),
    "i64": (INT64, np.int64),
    "f16": (TensorProto.FLOAT16, np.float16),
    "f32": (FLOAT, np.float32),
    "f64": (TensorProto.DOUBLE, np.float64),
    "text": (STRING, np.object_),
}
LABELLED = """max_batch_size: 8
input { name: "x" data_type: TYPE_FP32 dims: [ 3 ] }
output { name: "y" data_type: TYPE_FP32 dims: [ 3 ] label_filename: "labels.txt" }
"""
TOGETHER = """max_batch_size: 4
dynamic_batching { preferred_batch_size: [ 4 ] max_queue_delay_microseconds: 30000000 }
instance_group { count: 1 kind: KIND_CPU }
"""


def good_models(folder: Path) -> None:
    double(folder, "free", ["n", 3])
    double(folder, "fixed", [2, 3])
    double(folder, "numbers", ["n"])
    double(folder, "together", ["n", "m"], TOGETHER)
    double(folder, "given", ["n", 3], 'max_batch_size: 7\ninput { name: "x" data_type: TYPE_FP32 dims: [ 3 ] }\n')
    double(folder, "renamed", [2], 'default_model_filename: "other.onnx"\nbackend: "onnxruntime"\n')
    (folder / "renamed/1/model.onnx").rename(folder / "renamed/1/other.onnx")
    double(folder, "versions", [2], "version_policy { all { } }\n")
    (folder / "versions/2").mkdir()
    (folder / "versions/2/model.onnx").write_bytes((folder / "versions/1/model.onnx").read_bytes())
    save(
        folder,
        "types",
        [helper.make_node("Identity", [name], [f"{name}_again"]) for name in ALL_TYPES],
        [(name, kind, [2]) for name, (kind, _) in ALL_TYPES.items()],
        [(f"{name}_again", kind, [2]) for name, (kind, _) in ALL_TYPES.items()],
    )
    save(
        folder,
        "picks",
        [helper.make_node("Gather", ["table", "x"], ["y"])],
        [("x", INT64, ["n", 1])],
        [("y", FLOAT, ["n", 1])],
        TOGETHER,
    )
    _with_table(folder / "picks/1/model.onnx")
    double(folder, "labelled", ["n", 3], LABELLED)
    (folder / "labelled/labels.txt").write_text("red\ngreen\nblue\n")


def _with_table(file: Path) -> None:
    model = onnx.load(file)
    model.graph.initializer.append(helper.make_tensor("table", FLOAT, [2], [10.0, 20.0]))
    onnx.save(model, file)


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Triton]:
    folder = tmp_path_factory.mktemp("service")
    good_models(folder / "models")
    with running_triton(folder, "models") as running:
        yield running


@pytest.fixture(scope="module")
def client(triton: Triton) -> Iterator[tritonclient.http.InferenceServerClient]:
    with tritonclient.http.InferenceServerClient(f"127.0.0.1:{triton.port}", concurrency=8) as client:
        yield client


def given(name: str, array: np.ndarray, binary: bool = True) -> tritonclient.http.InferInput:
    tensor = tritonclient.http.InferInput(name, list(array.shape), tritonclient.utils.np_to_triton_dtype(array.dtype))
    return tensor.set_data_from_numpy(array, binary_data=binary)


def config_of(client: tritonclient.http.InferenceServerClient, model: str) -> dict[str, Any]:
    return client.get_model_config(model)


def test_free_first_dimensions_turn_batching_on_as_in_nvidias_backend(client) -> None:
    config = config_of(client, "free")
    assert config["max_batch_size"] == 4
    assert config["dynamic_batching"]["preferred_batch_size"] == [4]
    assert [(one["name"], one["data_type"], one["dims"]) for one in config["input"]] == [("x", "TYPE_FP32", [3])]
    x = np.ones((4, 3), np.float32)
    assert (client.infer("free", [given("x", x)]).as_numpy("y") == 2 * x).all()
    with pytest.raises(tritonclient.utils.InferenceServerException, match="batch-size must be <= 4"):
        client.infer("free", [given("x", np.ones((5, 3), np.float32))])


def test_a_fixed_first_dimension_means_no_batching(client) -> None:
    config = config_of(client, "fixed")
    assert config["max_batch_size"] == 0
    assert "dynamic_batching" not in config
    assert config["output"][0]["dims"] == [2, 3]
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert (client.infer("fixed", [given("x", x)]).as_numpy("y") == 2 * x).all()


def test_a_number_for_each_of_a_batch_has_the_shape_one(client) -> None:
    config = config_of(client, "numbers")
    assert (config["input"][0]["dims"], config["input"][0]["reshape"]["shape"]) == ([1], [])
    x = np.array([[1], [2]], np.float32)
    assert (client.infer("numbers", [given("x", x)]).as_numpy("y") == 2 * x).all()


def test_what_is_given_stays_and_the_rest_is_added(client) -> None:
    config = config_of(client, "given")
    assert config["max_batch_size"] == 7
    assert [one["name"] for one in config["output"]] == ["y"]


def test_another_file_name_is_found(client) -> None:
    assert client.infer("renamed", [given("x", np.ones(2, np.float32))]).as_numpy("y").tolist() == [2, 2]


def test_every_version_is_served(client) -> None:
    for version in "12":
        answer = client.infer("versions", [given("x", np.ones(2, np.float32))], model_version=version)
        assert answer.get_response()["model_version"] == version
        assert answer.as_numpy("y").tolist() == [2, 2]


def of_all_types(text: str | bytes) -> dict[str, np.ndarray]:
    return {
        name: np.array(["", text], dtype=object) if kind is np.object_ else np.array([0, 1]).astype(kind)
        for name, (_, kind) in ALL_TYPES.items()
    }


def test_every_type_passes(client) -> None:
    arrays = of_all_types("ä")
    answer = client.infer("types", [given(name, array) for name, array in arrays.items()])
    for name, array in arrays.items():
        found = answer.as_numpy(f"{name}_again")
        assert found.tolist() == ([b"", "ä".encode()] if name == "text" else array.tolist())
        assert found.dtype == array.dtype


def test_only_requested_outputs_are_sent(client) -> None:
    inputs = [given(name, array) for name, array in of_all_types("a").items()]
    wanted = tritonclient.http.InferRequestedOutput("i8_again")
    answer = client.infer("types", inputs, outputs=[wanted]).get_response()
    assert [output["name"] for output in answer["outputs"]] == ["i8_again"]


def test_text_that_is_no_utf_8_is_refused(client) -> None:
    inputs = [given(name, array) for name, array in of_all_types(b"\xff").items()]
    with pytest.raises(tritonclient.utils.InferenceServerException, match="must be UTF-8"):
        client.infer("types", inputs)


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
def test_classes_come_with_their_labels(client, binary: bool) -> None:
    wanted = tritonclient.http.InferRequestedOutput("y", binary_data=binary, class_count=2)
    x = given("x", np.array([[1, 3, 2]], np.float32), binary)
    found = client.infer("labelled", [x], outputs=[wanted]).as_numpy("y")
    assert [text.decode() if isinstance(text, bytes) else text for text in found.ravel()] == [
        "6.000000:1:green",
        "4.000000:2:blue",
    ]


def at_once(client, model: str, arrays: list[np.ndarray]) -> list[Any]:
    def outcome(request: Any) -> Any:
        try:
            return request.get_result().as_numpy("y").tolist()
        except tritonclient.utils.InferenceServerException as error:
            return str(error)

    return [outcome(request) for request in [client.async_infer(model, [given("x", array)]) for array in arrays]]


def runs(client, model: str) -> tuple[int, int]:
    (found,) = client.get_inference_statistics(model)["model_stats"]
    return found["inference_count"], found["execution_count"]


def test_requests_that_wait_together_each_get_their_own_part(client) -> None:
    before = runs(client, "together")
    arrays = [np.full((size, 2), number, np.float32) for number, size in enumerate((1, 2, 1))]
    assert at_once(client, "together", arrays) == [(2 * array).tolist() for array in arrays]
    eventually(lambda: runs(client, "together")[0] >= before[0] + 4, "Triton counts once it has answered")
    after = runs(client, "together")
    assert (after[0] - before[0], after[1] - before[1]) == (4, 1)


def test_a_request_that_fails_does_not_fail_those_it_was_joined_with(client) -> None:
    good, bad = np.array([[1]], np.int64), np.array([[7]], np.int64)
    answers = at_once(client, "picks", [good, bad, good, good])
    assert answers[0] == answers[2] == answers[3] == [[20.0]]
    assert "onnx runtime error" in answers[1]
    assert "indices element out of data bounds" in answers[1]
