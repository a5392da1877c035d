"""What does a second `make up` cost when nothing changed, next to Pulumi itself with a program that does nothing?"""

import statistics
from collections.abc import Callable
from pathlib import Path

from .checkout import copied_checkout
from .rows import Row, seconds

GOAL = 1.3


def measure(folder: Path, quick: bool) -> list[Row]:
    times: dict[str, list[float]] = {}
    with copied_checkout(folder, port=0) as checkout:
        steps: dict[str, Callable[[], float]] = {
            "empty": lambda: checkout.empty_program("up", "--yes"),
            "make": lambda: checkout.make("up"),
            "empty at once": lambda: checkout.empty_program("up", "--yes", "--skip-preview"),
            "pulumi": lambda: checkout.pulumi("up", "--yes"),
        }
        for round_ in range(1 + (3 if quick else 7)):
            for name, step in steps.items():
                taken = step()
                if round_:  # the first one builds everything
                    times.setdefault(name, []).append(taken)
    middle = {name: statistics.median(taken) for name, taken in times.items()}
    ratio = middle["make"] / middle["empty"]
    return [
        Row("empty program: pulumi up --yes", seconds(times["empty"])),
        Row("make up", seconds(times["make"]), f"{ratio:.2f} times", f"at most {GOAL} times", ratio <= GOAL),
        Row("empty program, --skip-preview", seconds(times["empty at once"])),
        Row("make up, next to that", "", f"{middle['make'] / middle['empty at once']:.2f} times"),
        Row(
            "this project: scripts/pulumi up --yes",
            seconds(times["pulumi"]),
            f"{middle['pulumi'] / middle['empty']:.2f} times the first line",
        ),
    ]
