from pathlib import Path

import pytest

from .repository import ADD, GOOD, PYTHON, Files, check, told

NAMELESS = ADD.replace('name: "add"\n', "")


def models_of(root: Path, files: Files) -> dict[str, tuple[int, ...]]:
    found = check(root, files)
    assert told(found) == []
    return {model.name: model.versions for model in found.models}


def test_the_registered_folder_may_be_the_repository(tmp_path: Path) -> None:
    assert models_of(tmp_path, GOOD) == {"add": (1,)}


def test_the_registered_folder_may_contain_the_repository_and_other_things(tmp_path: Path) -> None:
    files = {f"triton/{path}": content for path, content in GOOD.items()}
    assert models_of(tmp_path, files | {"labels.txt": "a", "tokenizer/1x/vocab": ""}) == {"add": (1,)}


def test_a_model_may_be_called_triton(tmp_path: Path) -> None:
    files = {path.replace("add", "triton"): content for path, content in GOOD.items()}
    assert models_of(tmp_path, files | {"triton/config.pbtxt": NAMELESS}) == {"triton": (1,)}
    assert models_of(tmp_path / "bare", {"triton/1/model.onnx": "x"}) == {"triton": (1,)}


def test_a_model_may_be_called_by_a_number(tmp_path: Path) -> None:
    assert models_of(tmp_path, {"2/1/model.py": PYTHON, "2/config.pbtxt": NAMELESS}) == {"2": (1,)}


def test_files_beside_the_models_are_no_models(tmp_path: Path) -> None:
    assert models_of(tmp_path, GOOD | {"README.md": "", "config.pbtxt": "lost"}) == {"add": (1,)}


def test_folders_of_a_model_that_are_no_versions_are_its_own_affair(tmp_path: Path) -> None:
    others: Files = {
        f"add/{name}/data": "" for name in ("warmup", "configs", "tokenizer", ".cache", "model_2", "v", "x1")
    }
    assert models_of(tmp_path, GOOD | others) == {"add": (1,)}


def test_all_versions_are_told_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    files = {f"add/{version}/model.py": PYTHON for version in (10, 9, 2**63 - 1)}
    assert models_of(tmp_path, files | {"add/config.pbtxt": ADD}) == {"add": (9, 10, 2**63 - 1)}


@pytest.mark.parametrize(
    "name",
    [
        *("0", "00", "01", "-1", "+1", " 1", "1.0", "1.bak", "2_old", "1 ", "1e3", str(2**63), "9" * 20),
        *("v1", "V2", "version-3", "\u0661"),
    ],
)
def test_a_folder_that_triton_reads_or_a_person_means_as_a_version_must_be_one(name: str, tmp_path: Path) -> None:
    assert told(check(tmp_path, GOOD | {f"add/{name}/model.py": PYTHON})) == [f"version-name add/{name}:-"]


@pytest.mark.parametrize(
    "name",
    [
        *("a b", "a;b", "a'b", 'a"b', "$(id)", "`id`", "a&b", "a|b", "é", "模型", "a?b", "a#b", "a%20b", "a:b", "a+b"),
        *("-a", ".a", "..a", "a\\b", "a*", "con", "NUL", "com1", "aux.old"),
    ],
)
def test_a_models_name_must_be_safe_in_urls_and_shells_and_on_windows(name: str, tmp_path: Path) -> None:
    found = check(tmp_path, {f"{name}/config.pbtxt": NAMELESS, f"{name}/1/model.py": PYTHON})
    assert told(found) == [f"model-name {name}:-"]


@pytest.mark.parametrize("name", ["a", "A1", "_a", "bidaf-9", "densenet_onnx", "a.b", "7", "console", "x" * 255])
def test_usual_names_of_models_are_fine(name: str, tmp_path: Path) -> None:
    assert models_of(tmp_path, {f"{name}/config.pbtxt": NAMELESS, f"{name}/1/model.py": PYTHON}) == {name: (1,)}


def test_an_empty_repository_is_refused_because_triton_would_call_it_ready(tmp_path: Path) -> None:
    assert told(check(tmp_path, {})) == ["layout-empty models:-"]
    assert told(check(tmp_path / "inner", {"triton": None})) == ["layout-empty triton:-"]
    assert told(check(tmp_path / "files", {"model.onnx": "x"})) == ["layout-empty models:-"]


def test_a_repository_is_not_called_empty_when_its_only_models_name_is_refused(tmp_path: Path) -> None:
    assert [problem.rule for problem in check(tmp_path, {"a\nb/1/model.onnx": "x"}).problems] == ["name-characters"]


def test_the_highest_version_is_only_spoken_of_when_it_is_exceeded(tmp_path: Path) -> None:
    for name, spoken in (("v1", False), ("9" * 19, True)):
        (problem,) = check(tmp_path / name, GOOD | {f"add/{name}/model.py": PYTHON}).problems
        assert ("9,223,372,036,854,775,807" in problem.message) == spoken


def test_a_single_model_is_no_repository(tmp_path: Path) -> None:
    for number, files in enumerate(({"1/model.onnx": "x"}, {"config.pbtxt": ADD, "1/model.py": PYTHON})):
        (problem,) = check(tmp_path / str(number), files).problems
        assert problem.rule == "layout-level"
        assert "parent" in problem.remedy


def test_a_folder_too_high_up_is_refused_with_the_right_one_named(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, {f"export/triton/{path}": content for path, content in GOOD.items()}).problems
    assert (problem.rule, problem.remedy) == ("layout-level", "register models/export")


@pytest.mark.parametrize("stray", [{"data": None}, {"data/a.csv": "1"}, {"data/raw/a.csv": "1"}, {".cache/x": ""}])
def test_a_folder_that_is_no_model_is_refused_because_it_stops_triton(stray: Files, tmp_path: Path) -> None:
    (problem,) = check(tmp_path, {**GOOD, **stray}).problems
    assert problem.rule == "version-missing"


def test_a_model_file_without_a_version_folder_is_told_where_to_go(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, GOOD | {"net/model.onnx": "x"}).problems
    assert problem.rule == "version-missing"
    assert "models/net/1/" in problem.remedy


def test_a_folder_that_no_model_may_be_called_is_not_asked_for_a_version(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, GOOD | {".venv/pyvenv.cfg": "x"}).problems
    assert problem.remedy == "move this folder out of the repository"


def test_an_ensembles_version_folder_may_be_empty_but_must_be_there(tmp_path: Path) -> None:
    ensemble = (
        'platform: "ensemble" max_batch_size: 8\n'
        'input { name: "a" data_type: TYPE_FP32 dims: 4 } output { name: "b" data_type: TYPE_FP32 dims: 2 }\n'
        'ensemble_scheduling { step { model_name: "add" model_version: -1\n'
        '  input_map { key: "x" value: "a" } output_map { key: "y" value: "b" } } }\n'
    )
    files = GOOD | {"both/config.pbtxt": ensemble}
    assert models_of(tmp_path, files | {"both/1": None}) == {"add": (1,), "both": (1,)}
    assert models_of(tmp_path / "kept", files | {"both/1/.gitkeep": ""}) == {"add": (1,), "both": (1,)}
    assert told(check(tmp_path / "none", files)) == ["version-missing both:-"]
