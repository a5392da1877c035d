"""How many requests per second does an unchanged entry script serve, next to the server it was written for?

Both run the same script with as many workers, in environments of the same packages, on the same Triton, in turns.
"""

import os
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from parts.docker_registry import free_port
from parts.load import eventually
from parts.scoring_server import launch
from parts.triton import running_triton

from .load import answers_per_second, post
from .rows import Row, per_second

THEIRS = "azureml-inference-server-http==1.5.1"
OURS = Path(__file__).parents[2] / "components" / "scoring_server"
CLIENT = "tritonclient[http]==2.51.0"
GOAL = 1.5
REQUEST = post("/score", b'{"data": [[1, 2, 3, 4]]}')
TENSORS = "input [{ name: 'X' data_type: TYPE_FP32 dims: [4] }] output [{ name: 'Y' data_type: TYPE_FP32 dims: [1] }]"
MODEL = {
    "total/config.pbtxt": f"name: 'total' backend: 'python' max_batch_size: 8 {TENSORS}",
    "total/1/model.py": """
import triton_python_backend_utils as pb

class TritonPythonModel:
    def execute(self, requests):
        given = [pb.get_input_tensor_by_name(one, "X").as_numpy() for one in requests]
        return [pb.InferenceResponse([pb.Tensor("Y", one.sum(axis=1, keepdims=True))]) for one in given]
""",
}
SCRIPTS = {
    "a script that asks Triton": """
import json, os
import numpy as np, tritonhttpclient
def init():
    global triton
    triton = tritonhttpclient.InferenceServerClient(os.environ.get("TRITON", "localhost:8000"))
def run(data):
    rows = np.array(json.loads(data)["data"], dtype=np.float32)
    given = tritonhttpclient.InferInput("X", rows.shape, "FP32")
    given.set_data_from_numpy(rows)
    wanted = tritonhttpclient.InferRequestedOutput("Y", binary_data=True)
    return triton.infer("total", [given], outputs=[wanted]).as_numpy("Y").tolist()
""",
    "a script that echoes": "import json\ndef init(): pass\ndef run(data): return json.loads(data)",
}


def measure(folder: Path, quick: bool) -> list[Row]:
    theirs = _environment(folder / "theirs", THEIRS)
    ours = _environment(folder / "ours", str(OURS))
    for path, text in MODEL.items():
        (folder / "repository" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "repository" / path).write_text(text)
    rows = []
    with running_triton(folder, "repository") as triton:
        for what, text in SCRIPTS.items():
            script = folder / "score.py"
            script.write_text(text)
            for workers in 1, 2:
                rates: dict[str, list[float]] = {"theirs": [], "ours": []}
                with (
                    _their_server(theirs, script, workers, triton.port) as port,
                    launch(
                        script, f"--worker_count={workers}", f"--triton_port={triton.port}",
                        python=str(ours), environment={"PYTHONPATH": ""},
                    ) as server,
                ):  # fmt: skip
                    server.wait_till_healthy()
                    for _ in range(1 if quick else 7):
                        for who, at in ("theirs", port), ("ours", server.port):
                            rates[who].append(answers_per_second(at, REQUEST, 1 if quick else 3))
                rows += _rows(f"{what}, {workers} worker{'s' * (workers > 1)}", rates)
    return rows


def _rows(what: str, rates: dict[str, list[float]]) -> list[Row]:
    times = statistics.median(one / other for one, other in zip(rates["ours"], rates["theirs"], strict=True))
    met = times >= GOAL
    return [
        Row(f"{what}: {THEIRS}", per_second(rates["theirs"])),
        Row(f"{what}: triton_scoring", per_second(rates["ours"]), f"{times:.2f} times", f"at least {GOAL} times", met),
    ]


def _environment(home: Path, server: str) -> Path:
    python = home / "bin" / "python"
    subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, home], check=True)
    subprocess.run(["uv", "pip", "install", "--quiet", "--python", python, server, CLIENT], check=True)
    return python


@contextmanager
def _their_server(python: Path, script: Path, workers: int, triton_port: int) -> Iterator[int]:
    """It takes no port 0 and reuses none, so a number is chosen for it. It has no redirect: the script is told."""
    port = free_port()
    with (script.parent / "theirs.log").open("wb") as log:
        process = subprocess.Popen(
            [
                python.with_name("azmlinfsrv"),
                "--entry_script",
                script,
                "--port",
                str(port),
                "--worker_count",
                str(workers),
            ],
            stdout=log,
            stderr=log,
            cwd=script.parent,
            env={"PATH": os.environ["PATH"], "TRITON": f"localhost:{triton_port}"},
        )
        try:
            eventually(lambda: process.poll() is not None or _answers(port), "azmlinfsrv answers")
            yield port
        finally:
            process.terminate()
            process.wait()


def _answers(port: int) -> bool:
    """gunicorn listens before its workers are ready; one request tells."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return b" 200 " in connection.recv(64)
    return False
