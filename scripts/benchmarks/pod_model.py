"""How long until a pod is ready again when a small part of a large model changed, next to a restart without any change?

Only the changed layer may travel: the registry's log tells how many bytes were pulled.
"""

import os
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from parts.cluster import SharedCluster
from parts.webservices import PYTHON_CONFIG, TWICE, Webservice
from triton_serving.cluster_access.connection import Cluster

from .clusters import running_cluster, running_webservice
from .memory import MB
from .rows import Row, seconds

GOAL = 1.2
DEADLINE = 180.0
MIB = 1 << 20
PART_SIZE = 10 * MIB
PART, LARGE, SMALL = "a.bin", "weights.bin", "notes.txt"
"""Files beside the model. Those that change come first by name: were layers sorted by it, the large one would lie above
them, and nodes unpack again what lies above a change."""
CHANGES = {"10 MiB changed": PART, "a line of a small file changed": SMALL}
_PULLED = re.compile(r'"GET /v2/\S+/blobs/sha256:\S+ HTTP/1\.1" 20[06] (\d+) "" "containerd')


@dataclass
class _Way:
    ready: list[float] = field(default_factory=list)
    """Seconds from when the new pod is made until it is ready."""
    pulled: list[int] = field(default_factory=list)


def measure(folder: Path, quick: bool) -> list[Row]:
    model = _plant_model(folder / "models", (64 if quick else 1024) * MIB)
    ways: dict[str, _Way] = {name: _Way() for name in ("restart", *CHANGES)}
    settings = {"modelDirectory": str(folder / "models"), "modelName": "large", "numReplicas": 1}
    with running_cluster(folder) as ready, running_webservice(folder / "service", ready, **settings) as service:
        for _ in range(1 if quick else 5):
            _replace(service, lambda: _restart(service), ways["restart"])
            for name, file in CHANGES.items():
                _change(model / "1" / file)
                _replace(service, lambda: service.up().fine(), ways[name])
    return _rows(ways)


def _restart(service: Webservice) -> None:
    service.kubectl("rollout", "restart", f"deployment/{service.service}")


def _plant_model(models: Path, size: int) -> Path:
    model = models / "large"
    (model / "1").mkdir(parents=True)
    (model / "config.pbtxt").write_text(PYTHON_CONFIG)
    (model / "1" / "model.py").write_text(TWICE)
    (model / "1" / SMALL).write_text("none\n")
    with (model / "1" / LARGE).open("wb") as file:
        for _ in range(0, size - PART_SIZE, MIB):
            file.write(os.urandom(MIB))
    (model / "1" / PART).write_bytes(os.urandom(PART_SIZE))
    return model


def _change(file: Path) -> None:
    file.write_bytes(os.urandom(file.stat().st_size))


def _replace(service: Webservice, start: Callable[[], object], way: _Way) -> None:
    log = service.cluster.place.logs / "registry.log"
    before = log.stat().st_size
    with _NewPod(service.cluster, service.service) as pod:
        start()
        way.ready.append(pod.ready_after())
    with log.open() as lines:
        lines.seek(before)
        way.pulled.append(sum(int(size) for size in _PULLED.findall(lines.read())))


class _NewPod:
    """Watches for a pod that was not there, from a thread of its own: what makes it may wait until it is ready."""

    def __init__(self, cluster: SharedCluster, namespace: str) -> None:
        self._connection = Cluster.connect(str(cluster.kubeconfig), None)
        self._path = f"/api/v1/namespaces/{namespace}/pods"
        self._end = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._old = self._pods().keys()
        self._made = self._ready = 0.0

    def ready_after(self) -> float:
        self._thread.join(DEADLINE)
        if not self._ready:
            raise RuntimeError(f"no new pod is ready after {DEADLINE:g} s")
        return self._ready - self._made

    def _watch(self) -> None:
        while not (self._ready or self._end.wait(0.03)):
            new = [ready for name, ready in self._pods().items() if name not in self._old]
            now = time.perf_counter()
            if new and not self._made:
                self._made = now
            if any(new):
                self._ready = now

    def _pods(self) -> dict[str, bool]:
        """By name, whether they are ready."""
        return {
            pod["metadata"]["name"]: any(
                one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", ())
            )
            for pod in self._connection.get(self._path)["items"]
        }

    def __enter__(self) -> "_NewPod":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


def _rows(ways: dict[str, _Way]) -> list[Row]:
    restart = statistics.median(ways["restart"].ready)
    rows = [Row("restart, nothing changed", seconds(ways["restart"].ready), _pulled(ways["restart"]))]
    for name in CHANGES:
        times = statistics.median(ways[name].ready) / restart
        rows.append(
            Row(
                name,
                seconds(ways[name].ready),
                f"{times:.2f} times; {_pulled(ways[name])}",
                f"at most {GOAL} times",
                times <= GOAL,
            )
        )
    return rows


def _pulled(way: _Way) -> str:
    return f"{max(way.pulled) / MB:.1f} MB pulled"
