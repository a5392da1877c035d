"""What do callers notice of an update on a cluster? They ask at a steady rate while `pulumi up` replaces every pod.

Some keep their connections, and some open one for each request.
"""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from parts.engine import ROOT
from parts.webservices import Webservice

from .clusters import running_cluster, running_webservice
from .load import SteadyLoad, post
from .rows import Row
from .update import Round, rows_of

RATE = 100
REPLICAS = (1, 2)
BODY = (ROOT / "examples/digits/request.json").read_bytes()
DEADLINE = 120.0


def measure(folder: Path, quick: bool) -> list[Row]:
    rows: list[Row] = []
    with running_cluster(folder) as ready:
        for replicas in REPLICAS:
            settings = {"numReplicas": replicas, "strategy": "surge"}
            with running_webservice(folder / f"{replicas}", ready, **settings) as service:
                rounds = [_update(service, quick) for _ in range(1 if quick else 3)]
            for how in rounds[0]:
                pods = "1 pod" if replicas == 1 else f"{replicas} pods"
                rows += rows_of(f"{pods}, {how}", [answers[how] for answers in rounds])
    return rows


def _update(service: Webservice, quick: bool) -> dict[str, Round]:
    with ExitStack() as running:
        loads = {how: running.enter_context(load) for how, load in _loads(service).items()}
        time.sleep(1)  # the first requests open connections, and wake up what slept
        before = time.perf_counter()
        time.sleep(3 if quick else 15)
        labels = service.models / "triton/digits/labels.txt"
        labels.write_text(labels.read_text().swapcase())
        old = {pod["metadata"]["name"] for pod in service.pods()}
        begin = time.perf_counter()
        service.up().fine()
        _until(lambda: not old & _all_pods(service), "the old pods do not end")
        end = time.perf_counter()
        time.sleep(1)
    return {
        how: (
            [answer for answer in load.answers if before <= answer.due < begin],
            [answer for answer in load.answers if begin <= answer.due <= end],
        )
        for how, load in loads.items()
    }


def _loads(service: Webservice) -> dict[str, SteadyLoad]:
    found = service.outputs()
    address = urlsplit(found["scoringUri"])
    ways: dict[str, dict[str, str]] = {"kept connections": {}, "new connections": {"Connection": "close"}}
    key = {"Authorization": f"Bearer {found['primaryKey']}"}
    return {
        how: SteadyLoad(
            address.port or 80,
            post("/v2/models/digits/infer", BODY, **key, **headers),
            RATE,
            str(address.hostname),
        )
        for how, headers in ways.items()
    }


def _all_pods(service: Webservice) -> set[str]:
    """Those on their way out, too."""
    listed = json.loads(service.kubectl("get", "pods", "--output=json"))["items"]
    return {pod["metadata"]["name"] for pod in listed}


def _until(met: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + DEADLINE
    while not met():
        if time.monotonic() > deadline:
            raise RuntimeError(otherwise)
        time.sleep(0.5)
