"""Does the check of a model directory grow in step with the models?"""

import statistics
import time
from pathlib import Path

from triton_serving.models.check import check_directory

from .repositories import many_files
from .rows import Row, seconds

GOAL_MS = 2.0
LINEAR = 1.3
"""A model among the most may cost that many times one among the fewest: noise, but no hidden square."""


def measure(folder: Path, quick: bool) -> list[Row]:
    counts = (30, 100) if quick else (100, 300, 1000)
    _timed(many_files(folder / "first", 3, 2))  # loads what a process loads once
    rows, each = [], []
    for count in counts:
        root = many_files(folder / f"models-{count}", count, 2)
        times = [_timed(root) for _ in range(5)]
        each.append(statistics.median(times) / count * 1000)
        per_model = f"{each[-1]:.2f} ms a model"
        rows.append(
            Row(f"{count} models", seconds(times), per_model, f"under {GOAL_MS:g} ms a model", each[-1] < GOAL_MS)
        )
    growth = each[-1] / each[0]
    what = f"a model among {counts[-1]} to one among {counts[0]}"
    rows.append(Row(what, f"{growth:.2f} times", goal=f"at most {LINEAR:g} times", met=growth <= LINEAR))
    return rows


def _timed(root: Path) -> float:
    begin = time.perf_counter()
    checked = check_directory(root)
    taken = time.perf_counter() - begin
    if checked.problems:
        raise RuntimeError(f"the check refuses what this benchmark made: {checked.problems[0]}")
    return taken
