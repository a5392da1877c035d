"""How fast are a directory's digests, next to programs that do nothing but hash?"""

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from triton_serving.models.check import check_directory
from triton_serving.models.snapshot import snapshot
from triton_serving.models.tree import read_tree
from triton_serving.models.work import Work

from .machine import cores
from .repositories import MIB, let_rest, many_files, weights
from .rows import Row, seconds

GOAL_OF_SHA256SUM = 0.9
GOAL_UNCHANGED = 1.0

OTHERS = {"sha256sum": ["sha256sum"], "openssl": ["openssl", "dgst", "-sha256"]}


def measure(folder: Path, quick: bool) -> list[Row]:
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    return [*_cold(folder, quick), *_unchanged(folder, quick)]


def _cold(folder: Path, quick: bool) -> list[Row]:
    models, each, rounds = (4, 32, 3) if quick else (16, 256, 3)
    root = weights(folder / "weights", models, each)
    let_rest()
    checked, files = check_directory(root), sorted(root.rglob("model.onnx"))
    others = {name: command for name, command in OTHERS.items() if shutil.which(command[0])}
    ours: list[float] = []
    theirs: dict[str, list[float]] = {name: [] for name in others}
    for round_ in range(rounds + 1):
        shutil.rmtree(folder / "cache", ignore_errors=True)
        taken = _timed(lambda: snapshot(checked, Work()))
        measured = {name: _timed(partial(_run, [*command, *map(str, files)])) for name, command in others.items()}
        if round_:  # the first one brought the files into memory
            ours.append(taken)
            for name, other in measured.items():
                theirs[name].append(other)
    size = models * each * MIB
    rows = [Row(f"{size / 2**30:g} GiB, nothing known", seconds(ours), _speed(size, ours))]
    for name, times in theirs.items():
        share = statistics.median(times) / statistics.median(ours) / cores()
        goal = f"at least {GOAL_OF_SHA256SUM} times" if name == "sha256sum" else ""
        rows.append(
            Row(
                f"{' '.join(others[name])}, one process",
                seconds(times),
                f"{_speed(size, times)}; ours is {share:.2f} times its speed on each of {cores()} cores",
                goal,
                share >= GOAL_OF_SHA256SUM if goal else None,
            )
        )
    rows += [Row(name, "not here") for name in OTHERS.keys() - others.keys()]
    shutil.rmtree(root)
    return rows


def _unchanged(folder: Path, quick: bool) -> list[Row]:
    models, each = (10, 100) if quick else (100, 100)
    root = many_files(folder / "files", models, each)
    let_rest()
    checked = check_directory(root)
    first = _timed(lambda: snapshot(checked, Work()))
    walks, again = [], []
    for _ in range(5):
        walks.append(_timed(lambda: read_tree(root)))
        again.append(_timed(lambda: snapshot(checked, Work())))
    both = [walk + digests for walk, digests in zip(walks, again, strict=True)]
    met = statistics.median(both) < GOAL_UNCHANGED
    checks = [_timed(lambda: check_directory(root)) for _ in range(5)]
    what = f"{models * each:,} files"
    return [
        Row(f"{what}, nothing known", seconds([first])),
        Row(f"{what}, unchanged: walk and digests", seconds(both), "", f"under {GOAL_UNCHANGED:g} s", met),
        Row(f"{what}: the check of {models} models besides", seconds(checks), "the walk is part of it"),
    ]


def _speed(size: int, times: list[float]) -> str:
    return f"{size / statistics.median(times) / 1e9:.2f} GB/s"


def _timed(what: Callable[[], object]) -> float:
    begin = time.perf_counter()
    what()
    return time.perf_counter() - begin


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
