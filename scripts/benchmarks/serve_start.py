"""How long from nothing running to the first answer of an entry script, next to what it is made of?

Its parts are the same Triton alone, with the same files and options, and `pulumi up` of a program that does nothing.
Programs are there already, and so is the environment of the entry script: somebody else needs it, too.
"""

import shutil
import statistics
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from parts.docker_registry import free_port
from parts.triton import running_triton
from triton_serving.local_runtime.environments import hold_environment, keep_environments, reference_at
from triton_serving.local_runtime.service import serving
from triton_serving.models.work import Work

from .checkout import ROOT, copied_checkout
from .rows import Row, seconds

GOAL = 1.5
HOLDER = "benchmark"
DEADLINE = 120.0
SEVEN = (ROOT / "examples/digits/seven.png").read_bytes()


def measure(folder: Path, quick: bool) -> list[Row]:
    first: list[float] = []
    up: list[float] = []
    triton: list[float] = []
    empty: list[float] = []
    port = free_port()
    with copied_checkout(folder, port=port, mode="scoring") as checkout:
        checkout.make("up")  # fetches packages and compiles what is imported
        (version,) = (checkout.data / "triton-serving/services").glob("*/models/*")
        shutil.copytree(version, folder / "version", symlinks=True)
        hold_environment(_environment(version.parents[1]), HOLDER, Work())
        for _ in range(2 if quick else 7):
            checkout.pulumi("destroy", "--yes", "--skip-preview")
            with ThreadPoolExecutor() as threads:
                answered = threads.submit(_first_answer, port)
                up.append(checkout.make("up"))
                first.append(answered.result())
            checkout.pulumi("destroy", "--yes", "--skip-preview")
            triton.append(_triton_alone(folder))
            empty.append(checkout.empty_program("up", "--yes"))
        keep_environments(HOLDER, ())
    parts = statistics.median(triton) + statistics.median(empty)
    ratio = statistics.median(first) / parts
    return [
        Row("the same Triton alone, until it is ready", seconds(triton)),
        Row("empty program: pulumi up --yes", seconds(empty), f"{parts:.2f} s with the line above"),
        Row(
            "make up, until /score answers",
            seconds(first),
            f"{ratio:.2f} times",
            f"at most {GOAL} times",
            ratio <= GOAL,
        ),
        Row("make up, until it ends", seconds(up)),
    ]


def _environment(service: Path) -> str:
    deployed = serving(service)
    if deployed is None or deployed.scoring is None:
        raise RuntimeError(f"no entry script is served in {service}")
    return reference_at(Path(deployed.scoring.python))


def _first_answer(port: int) -> float:
    begin = time.perf_counter()
    request = urllib.request.Request(
        f"http://localhost:{port}/score", SEVEN, {"Content-Type": "application/octet-stream"}
    )
    while time.perf_counter() < begin + DEADLINE:
        with suppress(OSError), urllib.request.urlopen(request, timeout=DEADLINE):
            return time.perf_counter() - begin
        time.sleep(0.02)
    raise RuntimeError(f"/score gave no answer within {DEADLINE:g} s")


def _triton_alone(folder: Path) -> float:
    begin = time.perf_counter()
    with running_triton(folder, "version/repository", complete_configurations=True):
        return time.perf_counter() - begin
