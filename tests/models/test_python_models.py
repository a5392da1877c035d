import io
import tarfile
from pathlib import Path

import pytest
from triton_serving.models import environments

from .repository import ADD, GOOD, PYTHON, check, told

MODEL = "add/1/model.py"
FINE = {
    "defined": PYTHON,
    "imported": "from helper import TritonPythonModel\n",
    "imported under its name": "from helper import Model as TritonPythonModel\n",
    "imported with everything": "from helper import *\n",
    "assigned": "class Model:\n    def execute(self, r):\n        return []\nTritonPythonModel = Model\n",
    "inherited": "import helper\nclass TritonPythonModel(helper.Model):\n    pass\n",
    "conditional": "if True:\n    class TritonPythonModel:\n        def execute(self, r):\n            return []\n",
    "made": "globals()['Triton' + 'PythonModel'] = type('M', (), {})\n",
    "patched": "class TritonPythonModel:\n    pass\nTritonPythonModel.execute = lambda self, r: []\n",
    "async": "class TritonPythonModel:\n    async def execute(self, r):\n        return []\n",
    "static": "class TritonPythonModel:\n    execute = print\n    @staticmethod\n    def initialize(a): ...\n",
    "byte order mark": "\ufeff" + PYTHON,
    "Windows line ends": PYTHON.replace("\n", "\r\n"),
    "newer f-string": PYTHON + 'x = f"{"a"}"\n',
    "newer type": PYTHON + "type X = int\n",
}


@pytest.mark.parametrize("source", FINE.values(), ids=FINE.keys())
def test_a_python_model_that_may_serve_is_fine(source: str, tmp_path: Path) -> None:
    assert told(check(tmp_path, GOOD | {MODEL: source})) == []


def test_a_declared_encoding_is_followed(tmp_path: Path) -> None:
    assert told(check(tmp_path, GOOD | {MODEL: b"# coding: latin-1\n# Gr\xf6\xdfe\n" + PYTHON.encode()})) == []


@pytest.mark.parametrize(
    ("source", "rule", "line"),
    [
        (PYTHON + "print 'a'\n", "python-syntax", 4),
        ("class TritonPythonModel:\n  def execute(self, r):\n return []\n", "python-syntax", 3),
        ("x = 1\n\0", "python-syntax", "-"),
        ("<html>", "python-syntax", 1),
        ("class Model:\n    pass\n", "python-model-class", "-"),
        ("class TritonPythonModel:\n    pass\n", "python-model-method", 1),
        ("class TritonPythonModel:\n    def execute(self):\n        pass\n", "python-model-method", 2),
        (PYTHON + "    def initialize(self):\n        pass\n", "python-model-method", 4),
    ],
)
def test_a_python_model_that_cannot_serve_is_refused(source: str, rule: str, line: int | str, tmp_path: Path) -> None:
    assert told(check(tmp_path, GOOD | {MODEL: source})) == [f"{rule} {MODEL}:{line}"]


def test_a_file_too_deep_for_this_parser_is_left_to_the_server(tmp_path: Path) -> None:
    deep = PYTHON + "x = " + "-" * 100_000 + "1\n"
    assert [problem.rule for problem in check(tmp_path, GOOD | {MODEL: deep}).problems] in ([], ["python-syntax"])


def environment(value: str) -> str:
    return ADD + f'parameters {{ key: "EXECUTION_ENV_PATH" value {{ string_value: "{value}" }} }}\n'


def packed(*members: tuple[str, bytes, str]) -> bytes:
    """A .tar.gz with entries of (name, type, link target)."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, kind, target in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            archive.addfile(member)
    return content.getvalue()


FILE, LINK, HARD = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE


@pytest.mark.parametrize(
    "members",
    [
        [("bin/python", FILE, ""), ("bin/python3", LINK, "python"), ("lib/a.so", HARD, "bin/python")],
        [("bin/python", LINK, "/usr/bin/python3"), ("./lib", tarfile.DIRTYPE, "")],
    ],
)
def test_a_usual_environment_is_fine(members: list[tuple[str, bytes, str]], tmp_path: Path) -> None:
    config = environment("$$TRITON_MODEL_DIRECTORY/env.tar.gz")
    files = GOOD | {"add/config.pbtxt": config, "add/env.tar.gz": packed(*members)}
    assert told(check(tmp_path, files)) == []


@pytest.mark.parametrize(
    "members",
    [
        [("../evil", FILE, "")],
        [("a/../../evil", FILE, "")],
        [("/etc/evil", FILE, "")],
        [("a", LINK, "/etc"), ("a/evil", FILE, "")],
        [("a", LINK, "b"), ("./a", FILE, "")],
        [("a", HARD, "/etc/passwd")],
        [("a", HARD, "../x")],
        [("a", LINK, "/etc"), ("b", HARD, "a/passwd")],
        [("null", tarfile.CHRTYPE, "")],
        [("pipe", tarfile.FIFOTYPE, "")],
    ],
)
def test_an_environment_that_would_write_elsewhere_is_refused(
    members: list[tuple[str, bytes, str]], tmp_path: Path
) -> None:
    config = environment("$$TRITON_MODEL_DIRECTORY/env.tar.gz")
    files = GOOD | {"add/config.pbtxt": config, "add/env.tar.gz": packed(("first", FILE, ""), *members)}
    assert told(check(tmp_path, files)) == ["environment-escape add/env.tar.gz:-"]


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", packed(("a", FILE, ""))[:-20], b"\x1f\x8b" + b"0" * 50],
    ids=["empty", "text", "cut", "only a header"],  # the cut one holds the time, and workers must agree on names
)
def test_an_environment_that_is_no_whole_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    config = environment("$$TRITON_MODEL_DIRECTORY/env.tar.gz")
    found = check(tmp_path, GOOD | {"add/config.pbtxt": config, "add/env.tar.gz": content})
    assert told(found) == ["environment-archive add/env.tar.gz:-"]


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("/opt/env.tar.gz", "environment-outside"),
        ("env.tar.gz", "environment-outside"),
        ("$$TRITON_MODEL_DIRECTORY/../env.tar.gz", "environment-outside"),
        ("$$TRITON_MODEL_DIRECTORYenv.tar.gz", "environment-outside"),
        ("$$TRITON_MODEL_DIRECTORY/", "environment-outside"),
        ("$$TRITON_MODEL_DIRECTORY/absent.tar.gz", "environment-missing"),
    ],
)
def test_an_environment_must_lie_in_the_model(value: str, rule: str, tmp_path: Path) -> None:
    found = check(tmp_path, GOOD | {"add/config.pbtxt": environment(value)})
    assert told(found) == [f"{rule} add/config.pbtxt:6"]


def test_an_unpacked_environment_in_the_model_is_fine(tmp_path: Path) -> None:
    config = environment("$$TRITON_MODEL_DIRECTORY/env")
    assert told(check(tmp_path, GOOD | {"add/config.pbtxt": config, "add/env/bin/python": ""})) == []


def test_an_archive_too_large_to_look_into_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "LARGEST_ARCHIVE", 10)
    config = environment("$$TRITON_MODEL_DIRECTORY/env.tar.gz")
    found = check(tmp_path, GOOD | {"add/config.pbtxt": config, "add/env.tar.gz": packed(("a", FILE, ""))})
    assert told(found) == []
    assert ["env.tar.gz: too large" in notice for notice in found.notices] == [True]


def test_an_archive_that_unpacks_to_very_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "MOST_ENTRIES", 3)
    config = environment("$$TRITON_MODEL_DIRECTORY/env.tar.gz")
    many = packed(*((f"f{number}", FILE, "") for number in range(9)))
    found = check(tmp_path, GOOD | {"add/config.pbtxt": config, "add/env.tar.gz": many})
    assert told(found) == ["environment-archive add/env.tar.gz:-"]


def test_an_unknown_encoding_is_not_told_at_line_0(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, GOOD | {"add/1/model.py": "# coding: klingon\n"}).problems
    assert (problem.rule, problem.line) == ("python-syntax", None)
