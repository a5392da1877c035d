"""One row per rule and case: what a change to a good configuration is told."""

from pathlib import Path

import pytest

from .repository import ADD, GOOD, PYTHON, TENSORS, check, check_config, told

CONFIG = "add/config.pbtxt"


def test_a_good_model_is_summed_up(tmp_path: Path) -> None:
    config = (
        ADD + "version_policy { latest { num_versions: 2 } }\ninstance_group { kind: KIND_GPU count: 3 gpus: [ 1, 0 ] }"
    )
    found = check(tmp_path, {CONFIG: config} | {f"add/{version}/model.py": PYTHON for version in (1, 2, 3)})
    assert told(found) == []
    (model,) = found.models
    assert (model.name, model.versions, model.served, model.backend) == ("add", (1, 2, 3), (2, 3), "python")
    assert (model.asks_for_gpu, model.gpus, model.takes_gpus, model.instances) == (True, (0, 1), True, 6)


@pytest.mark.parametrize(
    ("groups", "takes_gpus"),
    [
        ("", True),
        ("instance_group { count: 2 }", True),
        ("instance_group { kind: KIND_CPU } instance_group { kind: KIND_GPU }", True),
        ("instance_group { kind: KIND_CPU }", False),
        ("instance_group { kind: KIND_MODEL }", False),
    ],
)
def test_triton_places_on_gpus_what_does_not_say_otherwise(tmp_path: Path, groups: str, takes_gpus: bool) -> None:
    (model,) = check(tmp_path, {CONFIG: ADD + groups, "add/1/model.py": PYTHON}).models
    assert model.takes_gpus is takes_gpus


@pytest.mark.parametrize(
    "addition",
    [
        "",
        "version_policy { }",
        "version_policy { all { } }",
        "version_policy { specific { versions: 1 } }",
        "instance_group { }",
        "instance_group [ { kind: KIND_CPU count: 2 }, { kind: KIND_GPU } ]",
        "instance_group { kind: KIND_MODEL }",
        "dynamic_batching { }",
        "dynamic_batching { preferred_batch_size: [ 1, 8 ] max_queue_delay_microseconds: 100 }",
        "dynamic_batching { priority_levels: 2 default_priority_level: 2 }",
        "response_cache { enable: true }",
        "model_transaction_policy { decoupled: true }",
        'parameters { key: "a" value { string_value: "b" } }',
        "sequence_batching { }",
        "sequence_batching { oldest { preferred_batch_size: 4 } }",
        "sequence_batching { direct { minimum_slot_utilization: 1 } }",
        'sequence_batching { control_input { name: "s" '
        "control { kind: CONTROL_SEQUENCE_START bool_false_true: [ false, true ] } } }",
        'sequence_batching { control_input { name: "i" '
        "control { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 } } }",
        'sequence_batching { state { input_name: "i" output_name: "o" data_type: TYPE_FP32 dims: -1 '
        'initial_state { name: "z" data_type: TYPE_FP32 dims: 1 zero_data: true } } }',
        'model_warmup { name: "w" batch_size: 8 '
        'inputs { key: "x" value { data_type: TYPE_FP32 dims: 4 zero_data: true } } }',
        'model_warmup { name: "skipped" }',
        "model_metrics { metric_control { metric_identifier { family: 'f' } } }",
    ],
)
def test_what_triton_takes_is_fine(addition: str, tmp_path: Path) -> None:
    assert told(check_config(tmp_path, ADD + addition)) == []


TENSOR_CASES = {
    "dims: 0": "tensor-dims",
    "dims: -2": "tensor-dims",
    "dims: [ 2, 0 ]": "tensor-dims",
    "dims: [ 4294967296, 4294967296, 2 ]": "tensor-dims",
    "dims: [ 4, 4 ] reshape { shape: [ 15 ] }": "tensor-reshape",
    "dims: [ 4, 4 ] reshape { shape: [ 0 ] }": "tensor-dims tensor-reshape",
    "dims: [ 1 ] reshape { }": "tensor-reshape",
    "dims: [ 4 ] reshape { shape: [ 4294967296, 4294967296 ] }": "tensor-dims",
    "dims: [ -1 ] reshape { shape: [ -1, -1 ] }": "tensor-reshape",
    "dims: [ 2, -1, 6 ] reshape { shape: [ -1, 12 ] }": "tensor-reshape",
    "dims: [ 4 ] is_shape_tensor: true": "tensor-format",
    "dims: [ 4 ] data_type: 77": "tensor-type",
    "data_type: TYPE_FP32": "tensor-dims",
    "dims: [ 4 ]": "tensor-type",
    "dims: [ 4, 4 ] format: FORMAT_NCHW": "tensor-format",
}


@pytest.mark.parametrize(("tensor", "rules"), TENSOR_CASES.items())
def test_a_tensor_that_triton_would_refuse_is_refused(tensor: str, rules: str, tmp_path: Path) -> None:
    if "data_type" not in tensor and rules != "tensor-type":
        tensor += " data_type: TYPE_FP32"
    found = check_config(tmp_path, f'backend: "python" {TENSORS}input {{ name: "z" {tensor} }}')
    assert sorted({problem.rule for problem in found.problems}) == rules.split()
    assert {problem.line for problem in found.problems} == {3}


@pytest.mark.parametrize(
    "tensor",
    [
        "dims: [ 1 ] reshape { shape: [ ] }",
        "dims: [ 4, 4 ] reshape { shape: [ 16 ] }",
        "dims: [ 2, 4, -1, 6 ] reshape { shape: [ 8, -1, 1, 6 ] }",
        "dims: [ 3, 224, 224 ] format: FORMAT_NCHW",
        "dims: [ -1, -1 ] optional: true allow_ragged_batch: true",
    ],
)
def test_usual_shapes_are_fine(tensor: str, tmp_path: Path) -> None:
    assert told(check_config(tmp_path, ADD + f'input {{ name: "z" data_type: TYPE_FP32 {tensor} }}')) == []


REFUSED = [
    ("max_batch_size: -1", "batch-size"),
    ('name: "sub"', "config-name"),
    ('input { name: "x" data_type: TYPE_FP32 dims: 1 }', "tensor-twice"),
    ('output { name: "y" data_type: TYPE_FP32 dims: 1 }', "tensor-twice"),
    ("input { data_type: TYPE_FP32 dims: 1 }", "tensor-name"),
    ("version_policy { latest { } }", "version-policy"),
    ("version_policy { specific { } }", "version-policy"),
    ("version_policy { specific { versions: [ 1, 2 ] } }", "version-policy"),
    ("instance_group { count: 0 }", "instance-count"),
    ("instance_group { count: -1 }", "instance-count"),
    ("instance_group { count: 1000000 }", "instance-count"),
    ("instance_group { kind: 9 }", "instance-kind"),
    ("instance_group { kind: KIND_CPU gpus: 0 }", "instance-kind"),
    ("instance_group { kind: KIND_MODEL gpus: 0 }", "instance-kind"),
    ('instance_group { profile: "1" }', "instance-kind"),
    ("instance_group { kind: KIND_GPU gpus: -1 }", "instance-gpus"),
    ("instance_group { kind: KIND_GPU gpus: [ 0, 0 ] }", "instance-gpus"),
    ("dynamic_batching { preferred_batch_size: 9 }", "batch-size"),
    ("dynamic_batching { preferred_batch_size: 0 }", "batch-size"),
    ("dynamic_batching { priority_levels: 2 }", "batch-priority"),
    ("dynamic_batching { priority_levels: 2 default_priority_level: 3 }", "batch-priority"),
    ("dynamic_batching { priority_levels: 2 default_priority_level: 1 preserve_ordering: true }", "batch-priority"),
    (
        "dynamic_batching { priority_levels: 2 default_priority_level: 1 priority_queue_policy { key: 3 value { } } }",
        "batch-priority",
    ),
    (
        'sequence_batching { } parameters { key: "TRITON_BATCH_STRATEGY_PATH" value { string_value: "/b.so" } }',
        "linked-file-outside sequence",
    ),
    (
        'sequence_batching { control_input { name: "s" control { bool_false_true: [ false, true ] } '
        "control { bool_false_true: [ false, true ] } } }",
        "sequence",
    ),
    ('model_warmup { batch_size: 1 inputs { key: "x" value { data_type: TYPE_FP32 dims: -1 } } }', "warmup"),
    (
        'model_warmup { batch_size: 1 inputs { key: "x" value { data_type: TYPE_FP32 dims: 4 zero_data: true } } '
        'inputs { key: "z" value { data_type: TYPE_FP32 dims: 4 zero_data: true } } }',
        "warmup",
    ),
    ("response_cache { enable: true } sequence_batching { }", "response-cache"),
    ("response_cache { enable: true } model_transaction_policy { decoupled: true }", "response-cache"),
    ("sequence_batching { oldest { preferred_batch_size: 9 } }", "batch-size"),
    ("sequence_batching { direct { minimum_slot_utilization: 2 } }", "sequence"),
    ('sequence_batching { control_input { name: "s" control { } } }', "sequence"),
    ("sequence_batching { control_input { } }", "sequence"),
    ('sequence_batching { control_input { name: "s" control { kind: CONTROL_SEQUENCE_CORRID } } }', "sequence"),
    ("sequence_batching { state { } }", "sequence"),
    ('sequence_batching { state { input_name: "i" dims: 1 initial_state { dims: 2 name: "z" } } }', "sequence"),
    ('output { name: "l" data_type: TYPE_FP32 dims: 1 label_filename: "labels.txt" }', "linked-file-missing"),
    ('output { name: "l" data_type: TYPE_FP32 dims: 1 label_filename: "../labels.txt" }', "linked-file-outside"),
    ('output { name: "l" data_type: TYPE_FP32 dims: 1 label_filename: "/etc/passwd" }', "linked-file-outside"),
    ('parameters { key: "TRITON_BATCH_STRATEGY_PATH" value { string_value: "/b.so" } }', "linked-file-outside"),
    ('model_warmup { name: "w" batch_size: 1 }', "warmup"),
    (
        'model_warmup { batch_size: 9 inputs { key: "x" value { data_type: TYPE_FP32 dims: 4 zero_data: true } } }',
        "warmup",
    ),
    ('model_warmup { batch_size: 1 inputs { key: "x" value { data_type: TYPE_FP32 dims: 4 } } }', "warmup"),
    (
        'model_warmup { batch_size: 1 inputs { key: "x" value { data_type: TYPE_INT8 dims: 4 zero_data: true } } }',
        "warmup",
    ),
    (
        'model_warmup { batch_size: 1 inputs { key: "x" value { data_type: TYPE_FP32 dims: 5 zero_data: true } } }',
        "warmup",
    ),
    (
        "model_warmup { batch_size: 1 "
        'inputs { key: "x" value { data_type: TYPE_FP32 dims: 4 input_data_file: "a" } } }',
        "linked-file-missing",
    ),
    ("ensemble_scheduling { }", "ensemble-settings"),
    ('parameters { key: "EXECUTION_ENV_PATH" value { string_value: "/opt/env.tar.gz" } }', "environment-outside"),
]


@pytest.mark.parametrize(("addition", "rules"), REFUSED)
def test_what_triton_refuses_or_nobody_means_is_refused_with_its_line(
    addition: str, rules: str, tmp_path: Path
) -> None:
    word = addition.partition(":")[0].partition(" ")[0]
    base = "".join(line for line in ADD.splitlines(keepends=True) if not line.startswith(f"{word}: "))
    found = check_config(tmp_path, f"{base}{addition}")
    assert sorted({problem.rule for problem in found.problems}) == rules.split()
    assert {problem.line for problem in found.problems} == {base.count("\n") + 1}


@pytest.mark.parametrize("name", ["Config.pbtxt", "config.pbtxt.txt", "config.prototxt", "1/config.pbtxt"])
def test_a_config_that_triton_would_not_find_is_refused(name: str, tmp_path: Path) -> None:
    assert told(check(tmp_path, {"net/1/model.onnx": "x", f"net/{name}": ""})) == [f"config-place net/{name}:-"]


def test_a_config_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    assert told(check(tmp_path, {"net/1/model.onnx": "x", "net/config.pbtxt": None})) == [
        "config-place net/config.pbtxt:-"
    ]


def test_a_config_of_many_megabytes_is_refused_unread(tmp_path: Path) -> None:
    assert told(check_config(tmp_path, ADD + "#" * (5 << 20))) == [f"config-size {CONFIG}:-"]


def test_a_config_with_a_hundred_thousand_faults_is_answered_in_bounded_words(tmp_path: Path) -> None:
    found = check_config(tmp_path, ADD + 'input { name: "x" dims: 0 }\n' * 100_000)
    assert 100 <= len(found.problems) <= 110
    assert "problem-count" in {problem.rule for problem in found.problems}


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    config = ADD.replace('"add"', '"sub"').replace("[ 4 ]", "[ 0 ]") + "version_policy { latest { } }"
    found = check(tmp_path, GOOD | {CONFIG: config, "net/1/model.pt": "x", "stray": None})
    assert told(found) == [
        f"config-name {CONFIG}:1",
        f"tensor-dims {CONFIG}:4",
        f"version-policy {CONFIG}:6",
        "config-missing net/config.pbtxt:-",
        "version-missing stray:-",
    ]


def test_a_warm_up_of_another_type_shows_both_types(tmp_path: Path) -> None:
    warmup = 'model_warmup { batch_size: 1 inputs { key: "x" value { data_type: TYPE_INT8 dims: 4 zero_data: true } } }'
    (problem,) = check_config(tmp_path, ADD + warmup).problems
    assert "sends TYPE_INT8 [4], the input takes TYPE_FP32 [4]" in problem.message
