"""How much of Triton's own speed is left behind the gateway of a pod, and how much time does the gateway add?

The requests are sent from within the pod's network, where Triton can be reached, too: both ways are equally short.
"""

import ctypes
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parts.cluster import SharedCluster
from parts.services import command_line
from triton_serving.plan.gateway.pod import SERVICE_PORT, TRITON_HTTP

from .clusters import running_cluster, running_webservice
from .gateway import compare, plant_models, requests
from .load import SteadyLoad
from .rows import Row
from .services import processes_by_part

RATE = 200
MOST_ADDED = 0.001
PORTS = {"gateway": SERVICE_PORT, "Triton": TRITON_HTTP}
_NEW_NETWORK = 0x40000000
"""CLONE_NEWNET."""


def measure(folder: Path, quick: bool) -> list[Row]:
    models = plant_models(folder / "models")
    settings = {"modelDirectory": str(models), "modelName": "benchmark", "numReplicas": 1}
    with running_cluster(folder) as ready, running_webservice(folder / "service", ready, **settings) as service:
        asked = requests(Authorization=f"Bearer {service.outputs()['primaryKey']}")
        parts = {part: found for part, found in processes_by_part(_in_pods(ready.cluster)).items() if found}
        with _network_of(parts["gateway"][0]):
            rows = compare(PORTS, parts, asked, quick)
            for what, request in asked.items():
                rows += _added(what, request, quick)
    return rows


def _in_pods(cluster: SharedCluster) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"{cluster.place.group}/kubepods" in (process / "cgroup").read_text():
                found.append(int(process.name))
        except OSError:
            continue  # it has ended meanwhile
    return [process for process in found if command_line(process) != "/pause"]


@contextmanager
def _network_of(process: int) -> Iterator[None]:
    """This thread, and those that it starts, open their sockets where a process opens its own."""
    libc = ctypes.CDLL(None, use_errno=True)

    def enter(namespace: int) -> None:
        if libc.setns(namespace, _NEW_NETWORK):
            raise OSError(ctypes.get_errno(), "setns")

    with Path("/proc/thread-self/ns/net").open() as own, Path(f"/proc/{process}/ns/net").open() as there:
        enter(there.fileno())
        try:
            yield
        finally:
            enter(own.fileno())


def _added(what: str, request: bytes, quick: bool) -> list[Row]:
    """To the time in which 99 % of the requests at a steady rate are answered."""
    times: dict[str, list[float]] = {name: [] for name in PORTS}
    for _ in range(1 if quick else 5):
        for name, port in PORTS.items():
            times[name].append(_percentile_99(port, request, 2 if quick else 5))
    added = statistics.median(one - other for one, other in zip(times["gateway"], times["Triton"], strict=True))
    return [
        Row(
            f"{what}, {RATE}/s: 99 % answered by Triton itself, and through the gateway",
            " and ".join(f"{statistics.median(times[name]) * 1000:.2f}" for name in ("Triton", "gateway")) + " ms",
            f"{added * 1000:.2f} ms more",
            f"under {MOST_ADDED * 1000:.0f} ms",
            added < MOST_ADDED,
        )
    ]


def _percentile_99(port: int, request: bytes, seconds: float) -> float:
    with SteadyLoad(port, request, RATE) as load:
        time.sleep(seconds)
    if failed := [answer.status for answer in load.answers if answer.status != 200]:
        raise RuntimeError(f"{len(failed)} of {len(load.answers)} answers were not 200, the first {failed[0]}")
    return statistics.quantiles((answer.seconds for answer in load.answers), n=100)[98]
