"""What of an entry script can be told to be wrong without running it, and what has to be left to the scoring server."""

import pytest
from triton_serving.entry.script_rules import script_problems

INIT = "def init():\n    pass\n"
RUN = "def run(data):\n    return data\n"
FINE = {
    "as in every tutorial": INIT + RUN,
    "with headers": INIT + "def run(data, request_headers): ...\n",
    "with a default": INIT + "def run(data, option=1): ...\n",
    "by keyword": INIT + "def run(*, data): ...\n",
    "async": "async def init(): ...\nasync def run(data): ...\n",
    "init with defaults": "def init(again=False, *rest, **options): ...\n" + RUN,
    "raw": INIT + "@rawhttp\ndef run(request): ...\n",
    "raw by its whole name": INIT + "@services.aml_request.rawhttp\ndef run(request): ...\n",
    "schema of several": INIT
    + "@input_schema('a', A())\n@input_schema('b', B())\n@output_schema(C())\ndef run(a, b): ...\n",
    "decorated by something unknown": INIT + "@mine\ndef run(): ...\n",
    "imported": "from other import init, run\n",
    "imported under its name": "from other import setup as init, score as run\n",
    "imported with everything": "from other import *\n",
    "assigned": "init = run = print\n",
    "unpacked": "init, (run, *rest) = functions()\n",
    "conditional": "if fast:\n    def init(x): ...\n    def run(): ...\nelse:\n    from slow import init, run\n",
    "tried": "try:\n    from fast import init, run\nexcept ImportError:\n    def init(): ...\n    def run(data): ...\n",
    "a class": "class init: ...\nclass run: ...\n",
    "made by a function": "def make():\n    global init, run\n    init, run = print, print\nmake()\n",
    "made by name": "globals()['in' + 'it'] = globals()['ru' + 'n'] = print\n",
    "corrected later": "def init(x): ...\ndef init(): ...\n" + RUN,
    "a generator inside of run": INIT + "def run(data):\n    def parts():\n        yield 1\n    return list(parts())\n",
    "newer syntax": INIT + RUN + 'x = f"{"a"}"\n',
    "a byte order mark": "\ufeff" + INIT + RUN,
    "Windows line ends": (INIT + RUN).replace("\n", "\r\n"),
}


@pytest.mark.parametrize("source", FINE.values(), ids=FINE.keys())
def test_a_script_that_may_work_is_fine(source):
    assert list(script_problems("score.py", source.encode())) == []


REFUSED = {
    "empty": ("", "entry-empty", None),
    "comments only": ("# later\n\n", "entry-empty", None),
    "no init": (RUN, "entry-init", None),
    "no run": (INIT, "entry-run", None),
    "init in a function only": ("def setup():\n    def init(): ...\n" + RUN, "entry-init", None),
    "syntax": (INIT + RUN + "print 'a'\n", "python-syntax", 5),
    "indentation": (INIT + "def run(data):\n  a = 1\n return a\n", "python-syntax", 5),
    "NUL": (INIT + "\0", "python-syntax", None),
    "not UTF-8": (f"{INIT}{RUN}x = '".encode() + b"\xff'\n", "python-syntax", 5),
    "init with parameters": ("def init(path, *, name): ...\n" + RUN, "entry-init-parameters", 1),
    "init that yields": ("def init():\n    yield\n" + RUN, "entry-init-generator", 1),
    "run without parameters": (INIT + "def run(): ...\n", "entry-run-parameters", 3),
    "run with headers only": (INIT + "def run(request_headers): ...\n", "entry-run-parameters", 3),
    "run with two": (INIT + "def run(a, b): ...\n", "entry-run-parameters", 3),
    "run with another by keyword": (INIT + "def run(a, *, b): ...\n", "entry-run-parameters", 3),
    "run with a star": (INIT + "def run(*data): ...\n", "entry-run-parameters", 3),
    "run with two stars": (INIT + "def run(data, **more): ...\n", "entry-run-parameters", 3),
    "run by place only": (INIT + "def run(data, /): ...\n", "entry-run-parameters", 3),
    "raw with two": (INIT + "@rawhttp\ndef run(a, b): ...\n", "entry-run-parameters", 4),
    "run that yields": (INIT + "def run(data):\n    yield data\n", "entry-run-generator", 3),
    "async run that yields": (INIT + "async def run(data):\n    yield data\n", "entry-run-generator", 3),
    "raw and schema": (INIT + "@rawhttp\n@input_schema('a', A())\ndef run(a): ...\n", "entry-decorators", 5),
}


@pytest.mark.parametrize(("source", "rule", "line"), REFUSED.values(), ids=REFUSED.keys())
def test_a_script_that_cannot_work_is_refused_with_the_line(source, rule, line):
    content = source if isinstance(source, bytes) else source.encode()
    (problem,) = script_problems("score.py", content)
    assert (problem.path, problem.rule, problem.line) == ("score.py", rule, line)
    assert problem.remedy


def test_everything_that_is_wrong_is_told_at_once():
    found = script_problems("score.py", b"def init(a): ...\ndef run(): yield\n")
    assert [problem.rule for problem in found] == [
        "entry-init-parameters",
        "entry-run-generator",
        "entry-run-parameters",
    ]


def test_a_misspelt_function_is_found():
    (problem,) = script_problems("score.py", f"def Init(): ...\n{RUN}".encode())
    assert problem.remedy == "rename Init"


def test_a_script_too_large_to_look_into_is_left_to_the_server():
    assert list(script_problems("score.py", b"x = 1\n" * 200_000)) == []
