"""A table of what was measured, with the goals and whether they are met."""

import statistics
from collections.abc import Sequence
from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class Row:
    what: str
    measured: str
    compared: str = ""
    """The same in relation to something else, measured side by side."""
    goal: str = ""
    met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        *texts, met = astuple(self)
        return (*texts, "" if met is None else "met" if met else "MISSED")


HEADINGS = ("", "measured", "compared", "goal", "verdict")


def aligned(rows: Sequence[Row]) -> str:
    lines = _columns(rows)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def markdown(rows: Sequence[Row]) -> str:
    head, *lines = _columns(rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, tuple("---" for _ in head), *lines])


def _columns(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    return [HEADINGS, *(row.cells() for row in rows)]


def seconds(times: Sequence[float]) -> str:
    """The median, with the whole range when there is one: a reader sees how much a run may be off."""
    middle = _short(statistics.median(times))
    return f"{middle} s" if len(times) == 1 else f"{middle} s ({_short(min(times))} to {_short(max(times))})"


def per_second(rates: Sequence[float]) -> str:
    return f"{statistics.median(rates):.0f}/s ({min(rates):.0f} to {max(rates):.0f})"


def _short(time: float) -> str:
    return f"{time:.3f}" if time < 1 else f"{time:.2f}"
