"""A service in a folder of its own: real Triton, Envoy and scoring server, moved from one deployment to the next."""

import http.client
import json
import os
import select
import shutil
import signal
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from triton_serving.local_runtime import supervision
from triton_serving.local_runtime.deployment import Deployment
from triton_serving.local_runtime.environments import interpreter_of, make_environment
from triton_serving.local_runtime.installation import Installation, install
from triton_serving.local_runtime.supervisor.identity import MARK, mark_of, send_to
from triton_serving.models.work import Work
from triton_serving.plan.processes import ScoringPlaces, TritonPlaces
from triton_serving.plan.service import Keys, Mode, Script, ServedModel, ServicePlan

from .docker_registry import free_port
from .load import eventually

TIMES = """
import triton_python_backend_utils as pb
class TritonPythonModel:
    def execute(self, requests):
        return [self.answer(pb.get_input_tensor_by_name(one, "x").as_numpy()) for one in requests]
    def answer(self, x):
        return pb.InferenceResponse([pb.Tensor("y", {factor} * x)])
"""
"""A model that multiplies, so that its answer tells which version gave it."""
CONFIG = """
backend: "python"
input { name: "x" data_type: TYPE_FP32 dims: 1 }
output { name: "y" data_type: TYPE_FP32 dims: 1 }
"""

SILENT = TIMES.format(factor=1).replace(
    "    def answer(self, x):", "    def answer(self, x):\n        import time; time.sleep(120)"
)
"""One that is loaded, and does not answer as long as a test lasts."""

ASKS_TRITON = """
import urllib.request, json
def init():
    pass
def run(data):
    body = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}]}
    answer = urllib.request.urlopen("http://localhost:8000/v2/models/times/infer", json.dumps(body).encode())
    return json.load(answer)["outputs"][0]["data"][0]
"""
"""A script that asks that model, where scripts expect Triton."""


@cache
def programs() -> Installation:
    return install(Work())


OWNER = f"tests-{os.getpid()}"
"""Holds the environment of scripts; `conftest.py` lets go of it."""


@cache
def interpreter() -> Path:
    return interpreter_of(make_environment([], "3.11", OWNER, Work()).reference)


@dataclass
class Supervised:
    folder: Path
    port: int = field(default_factory=free_port)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, mode=0o700)
        (self.folder / "triton").symlink_to(programs().triton)

    def model(self, name: str, code: str, config: str = CONFIG) -> str:
        """Triton's view of one model version, whose only model is called `times`."""
        version = self.folder / "models" / name / "repository" / "times" / "1"
        version.mkdir(parents=True, exist_ok=True)
        (version / "model.py").write_text(code)
        (version.parent / "config.pbtxt").write_text(config)
        return str(version.parents[1].relative_to(self.folder))

    def times(self, factor: int) -> str:
        return self.model(f"times-{factor}", TIMES.format(factor=factor))

    def source(self, name: str, code: str) -> str:
        folder = self.folder / "sources" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "score.py").write_text(code)
        return f"sources/{name}"

    def direct(self, repository: str, keys: Keys | None = None, startup_seconds: float = 60) -> Deployment:
        return Deployment(
            plan=ServicePlan("times", Mode.DIRECT, (ServedModel("times", (1,)),), auth_enabled=keys is not None),
            port=self.port,
            gateway=str(programs().envoy),
            triton=TritonPlaces(
                installation="triton",
                repository=repository,
                temporary="temporary/triton",
                shared_memory_prefix=self.shared_memory_prefix,
                environment=programs().environment,
            ),
            scoring=None,
            startup_seconds=startup_seconds,
            keys=keys,
        )

    def scoring(self, repository: str, source: str, workers: int = 1) -> Deployment:
        """In front of the same Triton as `direct`."""
        direct = self.direct(repository)
        script = Script("score.py", worker_count=workers)
        return replace(
            direct,
            plan=replace(direct.plan, mode=Mode.SCORING, script=script),
            scoring=ScoringPlaces(str(interpreter()), source, "models", "temporary/scoring"),
        )

    def script(self, source: str, workers: int = 1) -> Deployment:
        """Without a Triton."""
        scoring = self.scoring("none", source, workers)
        return replace(scoring, plan=replace(scoring.plan, mode=Mode.SCRIPT, models=()), triton=None)

    def apply(self, deployment: Deployment, work: Work | None = None) -> None:
        self.said.clear()
        supervision.apply(self.folder, deployment, work or Work(say=self.said.append))

    def apply_in_a_process(self, deployment: Deployment) -> int:
        """For one that takes so long that its run can be killed."""
        run = os.fork()
        if not run:
            try:
                self.apply(deployment)
            finally:  # whatever comes of it, this process is no second pytest
                os._exit(0)
        return run

    def status(self) -> supervision.Status:
        status = supervision.status(self.folder)
        assert status is not None
        return status

    def stop(self) -> None:
        supervision.stop(self.folder)

    def infer(self, x: float = 1, seconds: float = 30) -> float:
        """What the model makes of a number, in direct mode."""
        answer = self.ask("POST", "/v2/models/times/infer", {"inputs": [self.number(x)]}, seconds)
        return float(json.loads(answer)["outputs"][0]["data"][0])

    @staticmethod
    def number(x: float) -> dict[str, Any]:
        """As the model takes it."""
        return {"name": "x", "datatype": "FP32", "shape": [1], "data": [x]}

    def score(self, given: Any = None, seconds: float = 30) -> Any:
        return json.loads(self.ask("POST", "/score", given, seconds))

    def healthy(self, path: str = "/v2/health/ready") -> int:
        return self._answer("GET", path, None, 10)[0]

    def ask(self, method: str, path: str, body: Any, seconds: float) -> bytes:
        status, content = self._answer(method, path, body, seconds)
        assert status == 200, (status, content)
        return content

    def _answer(self, method: str, path: str, body: Any, seconds: float) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            content = None if method == "GET" else json.dumps(body)
            connection.request(method, path, content, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    @property
    def shared_memory_prefix(self) -> str:
        return f"test-{os.getpid()}-{self.port}-"

    def shared_memory(self) -> list[str]:
        return [one.name for one in Path("/dev/shm").glob(f"{self.shared_memory_prefix}*")]

    def processes(self, containing: str = "") -> dict[int, str]:
        """Every process of this service that runs, with its command line."""
        mark = os.fsencode(f"{MARK}={mark_of(self.folder)}")
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    if mark in (entry / "environ").read_bytes() and containing in command:
                        found[int(entry.name)] = command
                except OSError:
                    continue
        return found

    def kill(self, *pids: int) -> None:
        """All at once, though one may end with another. Returns when they have ended: until then a killed one holds its
        ports, and only its mark has gone."""
        with ExitStack() as held:
            killed = [os.pidfd_open(pid) for pid in pids]
            for descriptor in killed:
                held.callback(os.close, descriptor)
                send_to(descriptor, signal.SIGKILL)
            eventually(lambda: len(select.select(killed, [], [], 0)[0]) == len(killed), "they have ended")

    def keeper(self) -> int:
        return int(json.loads((self.folder / "supervisor.json").read_text())["pid"])

    def supervisor(self) -> int:
        """Waits until there is one alone: a program that it starts looks like it until it is executed."""
        found: list[int] = []

        def is_alone() -> bool:
            found[:] = set(self.processes("triton_serving.local_runtime.supervisor")) - {self.keeper()}
            return len(found) == 1

        eventually(is_alone, "one supervisor")
        return found[0]

    def log(self, name: str) -> str:
        return (self.folder / "logs" / f"{name}.log").read_text(errors="replace")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
