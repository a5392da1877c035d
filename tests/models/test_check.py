import ast
import os
import re
import threading
from pathlib import Path

import pytest
import triton_serving
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from triton_serving.models import check as check_module
from triton_serving.models.check import check_directory
from triton_serving.models.ignored import IGNORED

from .repository import ADD, GOOD, PYTHON, Files, check, told, write

PAGE = Path(__file__).parents[2] / "docs" / "model-directories.md"


def test_a_directory_that_is_not_there_is_a_problem_and_no_exception(tmp_path: Path) -> None:
    found = check_directory(tmp_path / "absent")
    assert [problem.rule for problem in found.problems] == ["directory"]
    assert found.models == ()
    assert found.tree.files == ()


def test_litter_is_noticed_with_its_reason_and_does_no_harm(tmp_path: Path) -> None:
    litter: Files = {
        ".git/config": "",
        "add/1/__pycache__/x.pyc": "",
        "add/__pycache__/y.pyc": "",
        "add/1/model.py~": "",
    }
    found = check(tmp_path, {**GOOD, **litter})
    assert told(found) == []
    assert found.notices == (
        "models/.git: left out (version control)",
        "models/add/1/__pycache__ and 1 more of that name: left out (Python cache)",
        "models/add/1/model.py~: left out (editor backup)",
    )


def test_a_pipe_in_a_files_place_does_not_hang_the_check(tmp_path: Path) -> None:
    root = write(tmp_path / "models", {"add/1": None})
    os.mkfifo(root / "add" / "config.pbtxt")
    os.mkfifo(root / "add" / "1" / "model.py")
    results = []
    thread = threading.Thread(target=lambda: results.append(check_directory(root)), daemon=True)
    thread.start()
    thread.join(20)
    assert told(results[0]) == ["file-kind add/1/model.py:-", "file-kind add/config.pbtxt:-"]


def test_a_file_that_vanishes_while_it_is_checked_is_a_problem_and_no_exception(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path / "models", GOOD)
    read_layout = check_module.read_layout

    def vanish(tree: object) -> object:
        (root / "add" / "config.pbtxt").unlink(missing_ok=True)
        return read_layout(tree)

    monkeypatch.setattr(check_module, "read_layout", vanish)
    (problem,) = check_directory(root).problems
    assert (problem.rule, problem.path) == ("unreadable", "models/add/config.pbtxt")


def test_the_same_directory_is_told_the_same_every_time(tmp_path: Path) -> None:
    files: Files = {**GOOD, "b": None, "a b/1/x": "", "add/1/model.py": "", "net/1/model.pt": "x"}
    root = write(tmp_path / "models", files)
    first, second = check_directory(root), check_directory(root)
    assert first == second
    assert list(first.problems) == sorted(first.problems, key=lambda problem: (problem.path, problem.line or 0))


NAMES = st.sampled_from(["1", "2", "01", "v1", "a", "triton", "config.pbtxt", "model.py", "model.onnx", ".git", "é"])
CONTENTS = st.sampled_from(
    [ADD, PYTHON, "", "x", 'backend: "python"', 'platform: "ensemble"', 'backend: "onnxruntime"']
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(jumble=st.dictionaries(st.lists(NAMES, min_size=1, max_size=4).map(tuple), CONTENTS | st.none(), max_size=6))
def test_no_jumble_of_files_makes_the_check_raise(
    jumble: dict[tuple[str, ...], str | None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("jumble") / "models"
    for parts, content in jumble.items():
        try:
            write(root, {"/".join(parts): content})
        except OSError:
            continue  # a file stands where this one needs a folder
    found = check_directory(root)
    if not found.problems:
        assert all(model.served for model in found.models)
        assert found.models


def rules_in_code() -> set[str]:
    """Every rule that a problem of the model rooms may carry: the last argument of what makes one."""
    found = set()
    for path in (Path(triton_serving.__file__).parent / "models").glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            maker = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if maker in ("Problem", "problem", "_refuse"):
                named = [keyword.value for keyword in call.keywords if keyword.arg == "rule"]
                last = named[0] if named else call.args[-1]
                assert not isinstance(last, ast.JoinedStr), "a rule's name must be findable"
                if isinstance(last, ast.Constant):
                    found.add(last.value)
    return found


def test_the_documentation_explains_every_rule_and_no_other() -> None:
    explained = re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text().partition("## Rules")[2], re.MULTILINE)
    assert len(explained) == len(set(explained))
    assert set(explained) == rules_in_code()


def test_the_documentation_lists_every_name_that_is_left_out() -> None:
    page = PAGE.read_text()
    assert [name for name in IGNORED if f"`{name}`" not in page] == []
