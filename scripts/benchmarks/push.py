"""How fast does an image reach a registry, next to the programs that push images?

All start a process of their own and push the same image to a registry that is empty. Ours reads the model directory,
whose digests it knows, and checks it; the others read an image layout that was made before.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from parts.docker_registry import DockerRegistry

from .repositories import MIB, let_rest, weights
from .rows import Row, seconds

GOAL_MB = 150
ROUNDS = 3

Command = Callable[[Path, DockerRegistry], list[str]]
"""Pushes the layout in a folder to a registry."""

OTHERS: dict[str, Command] = {
    "oras": lambda layout, to: ["cp", "--from-oci-layout", f"{layout}:1", "--to-plain-http", f"{to.host}/models:1"],
    "skopeo": lambda layout, to: [
        *("--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"),
        *(f"oci:{layout}:1", f"docker://{to.host}/models:1"),
    ],
}


@dataclass(frozen=True)
class Run:
    seconds: float
    mb: float
    """The most memory it had at once."""
    said: str


def measure(folder: Path, quick: bool) -> list[Row]:
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    small, large = ((4, 4), (4, 32)) if quick else ((16, 16), (16, 256))
    little = _ours(weights(folder / "little", *small), f"oci-layout://{folder / 'little-layout'}")
    shutil.rmtree(folder / "little-layout")
    root, layout = weights(folder / "weights", *large), folder / "layout"
    let_rest()
    _ours(root, f"oci-layout://{layout}")
    runs, cold = _race(folder, root, layout / "models")
    shutil.rmtree(layout)
    size = large[0] * large[1] * MIB / 2**30
    fastest = min((statistics.median(_times(runs[name])) for name in OTHERS if name in runs), default=None)
    ours = statistics.median(_times(runs["ours"]))
    compared = f"{fastest / ours:.2f} times as fast as the fastest other" if fastest else ""
    met = ours <= fastest if fastest else None
    rows = [Row(f"{size:g} GiB, all of it", seconds(_times(runs["ours"])), compared, "at least as fast", met)]
    for name in OTHERS:
        if name in runs:
            other = statistics.median(_times(runs[name]))
            memory = f"; {max(run.mb for run in runs[name]):.0f} MB of memory"
            rows.append(
                Row(
                    f"{name}, the same image",
                    seconds(_times(runs[name])),
                    f"ours needs {ours / other:.2f} times as long{memory}",
                )
            )
        else:
            rows.append(Row(f"{name}, the same image", "not here"))
    rows.append(Row("ours, digests not known yet", seconds([cold.seconds])))
    most = max(run.mb for run in [*runs["ours"], cold])
    rows.append(
        Row(
            "most memory at once",
            f"{most:.0f} MB",
            f"{little.mb:.0f} MB at a sixteenth of the size",
            f"under {GOAL_MB} MB",
            most < GOAL_MB,
        )
    )
    return rows + _again(folder, root)


def _race(folder: Path, root: Path, layout: Path) -> tuple[dict[str, list[Run]], Run]:
    """Everybody in turn, several times; and ours without known digests."""
    programs = {name: found for name in OTHERS if (found := shutil.which(name))}
    runs: dict[str, list[Run]] = {"ours": [], **{name: [] for name in programs}}
    names = list(runs)
    for round in range(ROUNDS):
        # Each goes first once: what ran before leaves a machine that is warm, or throttled.
        for name in names[round % len(names) :] + names[: round % len(names)]:
            with _fresh(folder) as registry:
                if name == "ours":
                    runs[name].append(_ours(root, registry.url))
                else:
                    runs[name].append(_run([programs[name], *OTHERS[name](layout, registry)]))
    shutil.rmtree(folder / "cache")
    with _fresh(folder) as registry:
        return runs, _ours(root, registry.url)


def _again(folder: Path, root: Path) -> list[Row]:
    """The same once more, and with one byte changed."""
    with _fresh(folder) as registry:
        _ours(root, registry.url)
        unchanged = _ours(root, registry.url)
        file = min(root.rglob("model.onnx"))
        with file.open("r+b") as content:
            content.write(bytes(1))
        changed = _ours(root, registry.url)
    return [_sent("unchanged", unchanged, 0), _sent("one file changed", changed, 1)]


def _sent(what: str, run: Run, expected: int) -> Row:
    layers, sent, size = map(int, run.said.split())
    return Row(
        f"once more, {what}",
        seconds([run.seconds]),
        f"{sent} of {layers} layers sent, {size:,} bytes",
        "only its layer sent" if expected else "nothing sent",
        sent == expected and (expected > 0 or size == 0),
    )


@contextmanager
def _fresh(folder: Path) -> Iterator[DockerRegistry]:
    """An empty registry; what it got is gone afterwards, as all runs together would fill a disk."""
    with DockerRegistry(folder / "registry") as registry:
        yield registry
    shutil.rmtree(folder / "registry")


def _ours(root: Path, registry: str) -> Run:
    return _run([sys.executable, str(Path(__file__).with_name("publish.py")), str(root), registry])


def _run(command: list[str]) -> Run:
    os.sync()  # what others wrote before must not be written at this one's cost
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    taken = time.perf_counter() - begin
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with status {process.returncode}")
    return Run(taken, used.ru_maxrss / 1000, said)


def _times(runs: list[Run]) -> list[float]:
    return [run.seconds for run in runs]
