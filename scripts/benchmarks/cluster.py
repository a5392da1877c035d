"""How long from built programs to the first running pod of `make cluster`, and how much memory does it take?"""

import re
import time
from pathlib import Path

from parts.cluster import SharedCluster

from .memory import MB
from .rows import Row, seconds

GOAL = 60.0


def measure(folder: Path, quick: bool) -> list[Row]:
    up: list[float] = []
    pod: list[float] = []
    down: list[float] = []
    memory: list[float] = []
    for number in range(1 if quick else 5):
        cluster = SharedCluster(folder / f"cluster-{number}")
        try:
            started = time.monotonic()
            cluster.up()
            up.append(time.monotonic() - started)
            _first_pod(cluster)
            pod.append(time.monotonic() - started)
            memory.append(_memory(cluster))
        finally:
            ending = time.monotonic()
            cluster.down()
            down.append(time.monotonic() - ending)
    return [
        Row("until the node is ready", seconds(up)),
        Row("until the first pod runs", seconds(pod), goal=f"under {GOAL:.0f} s", met=max(pod) < GOAL),
        Row("until nothing is left of it", seconds(down)),
        Row("memory of all its processes", f"{max(memory):.0f} MB"),
    ]


def _first_pod(cluster: SharedCluster) -> None:
    container = {"name": "main", "image": cluster.busybox(), "args": ["sleep", "1000"]}
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "first"}, "spec": {"containers": [container]}}
    cluster.apply(manifest, namespace="default")
    cluster.kubectl("wait", "--for=condition=Ready", "pod/first", f"--timeout={GOAL:.0f}s")


def _memory(cluster: SharedCluster) -> float:
    """Of every process in its namespace, with what processes share divided between them."""
    namespace = Path(f"/proc/{cluster.process}/ns/pid").readlink()
    total = 0.0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "ns" / "pid").readlink() == namespace:
                (kib,) = re.findall(r"^Pss: +(\d+) kB", (process / "smaps_rollup").read_text(), re.MULTILINE)
                total += int(kib) * 1024 / MB
        except OSError:
            continue  # it has ended meanwhile
    return total
