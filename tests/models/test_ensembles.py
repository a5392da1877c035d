from itertools import pairwise
from pathlib import Path

import pytest

from .repository import ADD, GOOD, PYTHON, check, told

BOTH = "both/config.pbtxt"
HEAD = """\
platform: "ensemble"
max_batch_size: 8
input [ { name: "in" data_type: TYPE_FP32 dims: [ 4 ] } ]
output [ { name: "out" data_type: TYPE_FP32 dims: [ 2 ] } ]
"""


def step(model: str, reads: str, writes: str, version: str = "model_version: -1") -> str:
    return (
        f'step {{ model_name: "{model}" {version} '
        f'input_map {{ key: "x" value: "{reads}" }} output_map {{ key: "y" value: "{writes}" }} }}\n'
    )


def ensemble(*steps: str, head: str = HEAD) -> str:
    return head + "ensemble_scheduling {\n" + "".join(steps) + "}\n"


ADD2 = ADD.replace('"add"', '"add2"').replace("dims: [ 4 ]", "dims: [ 2 ]")
SAME = ADD.replace('"add"', '"same"').replace("dims: [ 2 ]", "dims: [ 4 ]")
MODELS = GOOD | {
    "same/config.pbtxt": SAME,
    "same/1/model.py": PYTHON,
    "add2/config.pbtxt": ADD2,
    "add2/1/model.py": PYTHON,
    "both/1": None,
}


def told_of(root: Path, config: str) -> list[str]:
    return told(check(root, MODELS | {BOTH: config}))


def test_an_ensemble_of_models_that_fit_is_fine_in_any_order_of_its_steps(tmp_path: Path) -> None:
    first, second = step("add", "in", "between"), step("add2", "between", "out")
    found = check(tmp_path, MODELS | {BOTH: ensemble(second, first)})
    assert told(found) == []
    assert {model.name: (model.backend, model.instances) for model in found.models}["both"] == ("ensemble", 0)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (["step { }"], "ensemble-step:6 ensemble-step:6 ensemble-step:6"),
        ([step("absent", "in", "out")], "ensemble-model:6"),
        ([step("add", "in", "out", version="")], "ensemble-version:6"),
        ([step("add", "in", "out", version="model_version: 3")], "ensemble-version:6"),
        ([step("add", "inn", "out")], "ensemble-tensor:3 ensemble-tensor:6"),
        ([step("add", "in", "unread"), step("add", "in", "out")], "ensemble-tensor:6"),
        ([step("add", "in", "out"), step("add", "in", "out")], "ensemble-tensor:7"),
        ([step("add", "in", "other")], "ensemble-tensor:4 ensemble-tensor:6"),
        (
            [step("same", "a", "b"), step("same", "b", "a"), step("add", "in", "out")],
            "ensemble-cycle:6",
        ),
        ([step("add2", "in", "out")], "ensemble-tensor-type:6"),
        ([step("add", "in", "out").replace('"x"', '"xx"')], "ensemble-mapping:6 ensemble-mapping:6"),
        ([step("add", "in", "out").replace('"y"', '"yy"')], "ensemble-mapping:6"),
    ],
)
def test_a_step_that_does_not_fit_is_refused_with_its_line(steps: list[str], expected: str, tmp_path: Path) -> None:
    found = [line.replace(f" {BOTH}", "") for line in told_of(tmp_path, ensemble(*steps))]
    assert found == expected.split()


def test_tensor_types_must_agree(tmp_path: Path) -> None:
    head = HEAD.replace('"in" data_type: TYPE_FP32', '"in" data_type: TYPE_INT64')
    (problem,) = check(tmp_path, MODELS | {BOTH: ensemble(step("add", "in", "out"), head=head)}).problems
    assert (problem.rule, problem.line) == ("ensemble-tensor-type", 6)
    assert "TYPE_FP32 here, TYPE_INT64 as the ensemble has it" in problem.message


@pytest.mark.parametrize(
    ("dims", "batch", "fits"),
    [
        ("4", 8, True),
        ("-1", 8, True),
        ("3", 8, False),
        ("4, 1", 8, False),
        ("-1, 4", 0, True),
        ("4", 0, True),
        ("5", 0, False),
    ],
)
def test_shapes_must_agree_with_and_without_a_batch_dimension(
    dims: str, batch: int, fits: bool, tmp_path: Path
) -> None:
    head = HEAD.replace("dims: [ 4 ]", f"dims: [ {dims} ]").replace("max_batch_size: 8", f"max_batch_size: {batch}")
    head = head.replace("dims: [ 2 ]", "dims: [ 2 ]" if batch else "dims: [ -1, 2 ]")
    found = told_of(tmp_path, ensemble(step("add", "in", "out"), head=head))
    assert found == ([] if fits else [f"ensemble-tensor-type {BOTH}:6"])


def test_an_ensemble_may_not_take_larger_batches_than_its_models(tmp_path: Path) -> None:
    head = HEAD.replace("max_batch_size: 8", "max_batch_size: 9")
    assert told_of(tmp_path, ensemble(step("add", "in", "out"), head=head)) == [f"ensemble-batch {BOTH}:6"]


@pytest.mark.parametrize("setting", ["instance_group { }", "optimization { }", 'model_warmup { name: "w" }'])
def test_an_ensemble_has_no_settings_for_running(setting: str, tmp_path: Path) -> None:
    config = ensemble(step("add", "in", "out")) + setting
    assert told_of(tmp_path, config) == [f"ensemble-settings {BOTH}:8"]


def test_an_ensemble_without_steps_is_refused(tmp_path: Path) -> None:
    assert told_of(tmp_path, HEAD)[-1] == f"ensemble-step {BOTH}:-"


def test_an_optional_input_need_not_be_mapped(tmp_path: Path) -> None:
    more = ADD + 'input { name: "extra" data_type: TYPE_FP32 dims: 1 optional: OPTIONAL }\n'
    config = ensemble(step("add", "in", "out"))
    files = MODELS | {BOTH: config}
    assert told(check(tmp_path / "a", files | {"add/config.pbtxt": more.replace("OPTIONAL", "true")})) == []
    assert told(check(tmp_path / "b", files | {"add/config.pbtxt": more.replace("OPTIONAL", "false")})) == [
        f"ensemble-mapping {BOTH}:6"
    ]


def test_what_triton_learns_from_the_model_is_not_asked_of_its_config(tmp_path: Path) -> None:
    files = {BOTH: ensemble(step("net", "in", "out")), "both/1": None, "net/1/model.onnx": "x"}
    assert told(check(tmp_path, files)) == []
    half = 'backend: "onnxruntime" output { name: "y" label_filename: "l" }'
    assert told(check(tmp_path, files | {"net/config.pbtxt": half, "net/l": ""})) == []


def test_a_tensor_type_that_does_not_exist_is_told_where_it_stands_only(tmp_path: Path) -> None:
    odd = ADD.replace("TYPE_FP32", "99", 1)
    found = check(tmp_path, MODELS | {"add/config.pbtxt": odd, BOTH: ensemble(step("add", "in", "out"))})
    assert told(found) == ["tensor-type add/config.pbtxt:4"]


def chain(names: list[str]) -> dict[str, str | None]:
    """Ensembles that each run the next one; the last runs `add`."""
    head = HEAD.replace("dims: [ 4 ]", "dims: [ 4 ]")
    files: dict[str, str | None] = {}
    for name, inner in zip(names, [*names[1:], "add"], strict=True):
        text = step(inner, "in", "out")
        if inner != "add":
            text = text.replace('key: "x"', 'key: "in"').replace('key: "y"', 'key: "out"')
        files |= {f"{name}/config.pbtxt": ensemble(text, head=head), f"{name}/1": None}
    return files


def test_ensembles_may_nest_very_deeply(tmp_path: Path) -> None:
    assert told(check(tmp_path, GOOD | chain([f"e{number:04}" for number in range(1500)]))) == []


def test_a_chain_of_ten_thousand_steps_is_fine(tmp_path: Path) -> None:
    names = ["in", *(f"t{number}" for number in range(9_999)), "out"]
    steps = [step("same", reads, writes) for reads, writes in pairwise(names)]
    config = ensemble(*steps, head=HEAD.replace("dims: [ 2 ]", "dims: [ 4 ]"))
    assert told_of(tmp_path, config) == []


def test_an_ensemble_must_not_contain_itself(tmp_path: Path) -> None:
    files = GOOD | chain(["a", "b", "c"])
    config = files["c/config.pbtxt"]
    assert isinstance(config, str)
    back = config.replace('"add"', '"a"').replace('key: "x"', 'key: "in"').replace('key: "y"', 'key: "out"')
    (problem,) = check(tmp_path, files | {"c/config.pbtxt": back}).problems
    assert problem.rule == "ensemble-cycle"
    assert "a -> b -> c -> a" in problem.message


def test_a_step_waits_for_all_its_inputs(tmp_path: Path) -> None:
    two = SAME + 'input { name: "z" data_type: TYPE_FP32 dims: 4 }\n'
    late = step("same", "in", "out").replace("input_map", 'input_map { key: "z" value: "loop" } input_map', 1)
    loop = step("same", "out", "loop").replace("input_map", 'input_map { key: "z" value: "in" } input_map', 1)
    head = HEAD.replace("dims: [ 2 ]", "dims: [ 4 ]")
    files = MODELS | {"same/config.pbtxt": two, BOTH: ensemble(late, loop, head=head)}
    assert told(check(tmp_path, files)) == [f"ensemble-cycle {BOTH}:6"]
