"""How the server is started, and what it says of scripts that cannot be served."""

import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from parts.ports import reserved_port
from parts.scoring_server import DEADLINE, DISTRIBUTION, Serve, until

GOOD = """
def init(): pass
def run(data): return data
"""
BAD_SCRIPTS = {
    "empty": ("", r"score\.py: init\(\) is missing: an entry script has the functions init\(\) and run\(\)$"),
    "no run": ("def init(): pass", r"score\.py: run\(\) is missing"),
    "init is no function": ("init = 1\ndef run(data): pass", r"init\(\) is not a function"),
    "bad indent": (
        "def init(): pass\ndef run(data):\nreturn 1",
        r"score\.py, line 3: IndentationError: expected an ind",
    ),
    "package missing": (
        "import os\nimport not_there",
        r"score\.py, line 2: importing it raised ModuleNotFoundError: No module named 'not_there'; "
        r"add its package to the environment of the script, or its file to the source folder$",
    ),
    "raises on import": ("x = 1\n1 / 0", r"line 2: importing it raised ZeroDivisionError: division by zero$"),
    "exits on import": ("raise SystemExit", r"line 1: importing it ended the process with sys\.exit\(None\)$"),
    "init raises": (
        "def init():\n    raise ValueError('two\\nlines')\ndef run(data): pass",
        r"line 2: init\(\) raised ValueError: two lines$",
    ),
    "init exits": (
        "def init(): raise SystemExit(0)\ndef run(data): pass",
        r"init\(\) ended the process with sys\.exit\(0\)$",
    ),
    "init returns false": ("def init(): return False\ndef run(data): pass", r"init\(\) returned False$"),
    "init wants something": ("def init(model): pass\ndef run(data): pass", r"init\(\) raised TypeError: .*'model'$"),
    "init crashes": (
        "import os\ndef init(): os.kill(os.getpid(), 11)\ndef run(data): pass",
        r"a worker was ended by SIGSEGV before init\(\) was done$",
    ),
    "asynchronous init raises": ("async def init(): 1 / 0\ndef run(data): pass", r"init\(\) raised ZeroDivisionError"),
    "run without parameters": (
        "def init(): pass\ndef run(): pass",
        r"line 2: run\(\) needs a parameter for the input$",
    ),
    "run with headers alone": ("def init(): pass\ndef run(request_headers): pass", r"needs a parameter for the input$"),
    "run with stars": ("def init(): pass\ndef run(*a, **b): pass", r"run\(\) has \*a, \*\*b: it is called with its p"),
    "run by position": (
        "def init(): pass\ndef run(data, /): pass",
        r"run\(\) has data: it is called with its parameters",
    ),
    "run with two": ("def init(): pass\ndef run(a, b): pass", r"run\(\) needs b besides a, and gets only one input$"),
    "generator": ("def init(): pass\ndef run(data): yield 1", r"run\(\) is a generator"),
    "asynchronous generator": ("def init(): pass\nasync def run(data): yield 1", r"run\(\) is a generator"),
}


@pytest.mark.parametrize("case", BAD_SCRIPTS)
def test_a_script_that_cannot_be_served_ends_the_start_with_its_cause_in_the_last_line(begin: Serve, case: str) -> None:
    script, cause = BAD_SCRIPTS[case]
    server = begin(script, "--worker_count=2")
    assert server.process.wait(DEADLINE) == 3
    *_, last = server.errors.read_text().splitlines()
    assert last.startswith("triton_scoring did not start: ")
    server.complained(cause)
    assert "triton_scoring/worker.py" not in server.errors.read_text()


def test_the_traceback_of_init_shows_the_script_and_nothing_of_the_server(begin: Serve) -> None:
    server = begin("def helper():\n    1 / 0\ndef init(): helper()\ndef run(data): pass")
    assert server.process.wait(DEADLINE) == 3
    told = server.errors.read_text()
    assert told.count("Traceback") == 1
    assert told.index("line 3, in init") < told.index("line 2, in helper")
    assert told.count('File "') == 2


@pytest.mark.parametrize(
    ("own", "raised"),
    [
        ("x = 1 / 0\n", "ZeroDivisionError: division by zero"),
        ("from own_too import x\n", "ImportError: cannot import name 'x' from partially initialized module 'own_too'"),
    ],
    ids=["raises", "circular"],
)
def test_what_a_module_of_the_scripts_own_raises_is_told_with_the_line_that_imports_it(
    begin: Serve, tmp_path: Path, own: str, raised: str
) -> None:
    (tmp_path / "own.py").write_text(own)
    (tmp_path / "own_too.py").write_text("import own\nx = 1\n")
    server = begin("import own_too\ndef init(): pass\ndef run(data): pass")
    assert server.process.wait(DEADLINE) == 3
    server.complained(rf"score\.py, line 1: importing it raised {raised}")
    assert 'own.py", line 1, in <module>' in server.errors.read_text()


def test_an_absent_script_is_named(tmp_path: Path) -> None:
    with ExitStack() as held:
        done = _start(f"--entry_script={tmp_path / 'gone.py'}", f"--port={reserved_port(held)}", "--reuse_port")
    assert done.returncode == 3
    assert done.stderr.strip() == f"triton_scoring did not start: there is no entry script at {tmp_path / 'gone.py'}"


def test_all_wrong_options_are_told_at_once() -> None:
    options = "--port=70000", "--worker_count=many", "--triton_port=0", "--triton_grpc_port=x"
    done = _start(*options, environment={"SCORING_TIMEOUT_MS": "-1"})
    assert done.returncode == 1
    assert [line.split(" has ")[0].split()[-1] for line in done.stderr.splitlines()] == [
        "--port",
        "--worker_count",
        "--triton_port",
        "--triton_grpc_port",
        "SCORING_TIMEOUT_MS",
    ]


def test_an_unknown_option_is_named() -> None:
    done = _start("--workers=2")
    assert done.returncode == 1
    assert "--workers=2" in done.stderr


def test_a_port_that_somebody_has_is_told(tmp_path: Path) -> None:
    script = tmp_path / "score.py"
    script.write_text(GOOD)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = _start(f"--entry_script={script}", f"--port={port}")
    assert done.returncode == 3
    assert f"port {port} of 127.0.0.1: Address already in use" in done.stderr


def test_it_listens_on_loopback_alone(serve: Serve) -> None:
    server = serve(GOOD)
    listening = [
        line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"
    ]
    assert [address for address in listening if address.endswith(f":{server.port:04X}")] == [
        f"0100007F:{server.port:04X}"
    ]


def test_init_runs_once_in_each_worker_and_before_health_says_so(begin: Serve, tmp_path: Path) -> None:
    server = begin(
        f"""
        import os, pathlib, time
        FOLDER = pathlib.Path({str(tmp_path)!r})
        def init():
            with open(FOLDER / "inits", "a") as file:
                file.write(f"{{os.getpid()}}\\n")
            while not (FOLDER / "go").exists():
                time.sleep(0.01)
        def run(data): return data
        """,
        "--worker_count=2",
    )
    until(lambda: (tmp_path / "inits").exists() and len((tmp_path / "inits").read_text().split()) == 2)
    starting = until(lambda: _answer_of_health(server.port))
    assert starting.startswith("HTTP/1.1 503")
    assert server.score(1).status == 503
    (tmp_path / "go").touch()
    server.wait_till_healthy()
    assert {server.score(number).json() for number in range(20)} == {f"{number}" for number in range(20)}
    assert len(set((tmp_path / "inits").read_text().split())) == 2


def test_a_script_that_never_returns_from_init_is_named_and_can_be_stopped(begin: Serve) -> None:
    server = begin("import time\ndef init(): time.sleep(1000)\ndef run(data): pass")
    told = server.complained(r"waiting for init\(\) of .*score\.py, (\d+) s now: 0 of 1 workers are ready")
    assert int(told[1]) >= 5
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(DEADLINE) == 0


def test_the_script_finds_its_model_its_neighbours_and_its_working_folder(serve: Serve, tmp_path: Path) -> None:
    root = tmp_path / "app"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "beside.py").write_text("NAME = 'beside'")
    (root / "logging.py").write_text("raise AssertionError('the standard library comes first')")
    (root / "above.py").write_text("NAME = 'above'")
    server = serve(
        """
        import os, above, beside
        from dataclasses import dataclass
        @dataclass
        class Kept:
            text: "str"
        def init(): pass
        def run(data): return [os.environ["AZUREML_MODEL_DIR"], os.getcwd(), above.NAME, beside.NAME, __name__]
        """,
        "--model_dir=models",
        name="app/sub/score.py",
        folder=tmp_path,
        environment={"AML_APP_ROOT": str(root), "AZUREML_MODEL_DIR": "overruled"},
    )
    assert server.score(1).json() == [str(tmp_path / "models"), str(root), "above", "beside", "entry_module"]


def test_the_script_finds_its_options_in_its_environment(serve: Serve, tmp_path: Path) -> None:
    names = ["AML_APP_ROOT", "AZUREML_ENTRY_SCRIPT", "SERVER_PORT", "WORKER_COUNT"]
    server = serve(
        f"import os\ndef init(): pass\ndef run(data): return [os.environ[name] for name in {names}]",
        "--worker_count=2",
        folder=tmp_path,
    )
    assert server.score(1).json() == [str(tmp_path), str(tmp_path / "score.py"), str(server.port), "2"]


def _answer_of_health(port: int) -> str:
    try:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return connection.makefile().read()
    except ConnectionRefusedError:
        return ""


def _start(*options: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "triton_scoring", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
        env={"PYTHONPATH": str(DISTRIBUTION), **(environment or {})},
    )
