"""What do callers notice of an update? They ask at a steady rate while `pulumi up` brings another model or script."""

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from parts.engine import ROOT
from parts.services import Service

from .load import Answer, SteadyLoad, post
from .rows import Row
from .services import gateway_port, running_service

RATE = 200
GOAL = 3.0
SEVEN = (ROOT / "examples/digits/seven.png").read_bytes()
DIRECT = post("/v2/models/digits/infer", (ROOT / "examples/digits/request.json").read_bytes())
SCORE = post("/score", SEVEN, "application/octet-stream")


def measure(folder: Path, quick: bool) -> list[Row]:
    rows: list[Row] = []
    for mode, request, changes in (
        ("direct", DIRECT, {"model": _edit_model}),
        ("scoring", SCORE, {"model": _edit_model, "script": _edit_script}),
    ):
        with running_service(folder / mode, mode=mode) as service:
            for what, change in changes.items():
                rounds = [_update(service, request, change, quick) for _ in range(1 if quick else 5)]
                rows += rows_of(f"{mode} mode, another {what}", rounds, GOAL)
    return rows


Round = tuple[list[Answer], list[Answer]]
"""Answers to what was due before an update, and during it."""


def _update(service: Service, request: bytes, change: Callable[[Service], None], quick: bool) -> Round:
    with SteadyLoad(gateway_port(service), request, RATE) as load:
        time.sleep(1)  # the first requests open connections, and wake up what slept
        before = time.perf_counter()
        time.sleep(3 if quick else 8)
        change(service)
        begin = time.perf_counter()
        service.up().fine()
        end = time.perf_counter()
        time.sleep(1)
    return (
        [answer for answer in load.answers if before <= answer.due < begin],
        [answer for answer in load.answers if begin <= answer.due <= end],
    )


def _edit_model(service: Service) -> None:
    labels = service.models / "triton/digits/labels.txt"
    labels.write_text(labels.read_text().swapcase())


def _edit_script(service: Service) -> None:
    script = service.project / "examples/digits/score.py"
    script.write_text(f"# edited\n{script.read_text()}")


def rows_of(what: str, rounds: Sequence[Round], goal: float | None = None) -> list[Row]:
    """How many requests failed, and within which time 99 % were answered, with a goal for that time if there is one."""
    failed = sum(answer.status != 200 for both in rounds for answers in both for answer in answers)
    requests = sum(len(answers) for both in rounds for answers in both)
    before, during = ([_percentile_99(both[index]) for both in rounds] for index in (0, 1))
    times = statistics.median(after / first for first, after in zip(before, during, strict=True))
    return [
        Row(f"{what}: failed", f"{failed} of {requests}", goal="0", met=not failed),
        Row(f"{what}: 99 % answered before", _milliseconds(before)),
        Row(
            f"{what}: 99 % during it",
            _milliseconds(during),
            f"{times:.1f} times",
            f"at most {goal:g} times" if goal else "",
            times <= goal if goal else None,
        ),
    ]


def _percentile_99(answers: Sequence[Answer]) -> float:
    return statistics.quantiles((answer.seconds for answer in answers), n=100)[98]


def _milliseconds(times: Sequence[float]) -> str:
    return f"within {statistics.median(times) * 1000:.1f} ms ({min(times) * 1000:.1f} to {max(times) * 1000:.1f})"
