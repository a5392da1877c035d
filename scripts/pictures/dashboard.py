"""Draws a Grafana dashboard: panels where its JSON puts them, series as the panels say."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BACKGROUND, PANEL, TEXT, FAINT = "#111217", "#181b1f", "#d0d1d6", "#3a3d44"
COLOURS = ("#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#b877d9", "#5794f2", "#37872d", "#fade2a", "#ffa6b0")
STAT_COLOURS = {"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c"}
UNITS = {
    "reqps": (1, " req/s"),
    "percentunit": (100, " %"),
    "ms": (1, " ms"),
    "bytes": (1 / 2**20, " MiB"),
    "none": (1, ""),
}
COLUMNS, CELL = 24, 0.37


def draw(panels: list[dict[str, Any]], title: str, to: Path) -> None:
    rows = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in panels)
    plt.rcParams.update({"font.size": 7, "text.color": TEXT, "font.family": "DejaVu Sans"})
    figure = plt.figure(figsize=(14, rows * CELL + 0.5), facecolor=BACKGROUND)
    figure.text(0.012, 1 - 0.3 / (rows * CELL + 0.5), title, fontsize=11, weight="bold")
    end = max(point[0] for panel in panels for one in panel["series"] for point in one["points"])
    for panel in panels:
        _panel(figure, panel, rows, end)
    figure.savefig(to, dpi=100, facecolor=BACKGROUND)


def _panel(figure: Figure, panel: dict[str, Any], rows: int, end: float) -> None:
    place, height = panel["gridPos"], rows * CELL + 0.5
    x, w = place["x"] / COLUMNS, place["w"] / COLUMNS
    top = 1 - (place["y"] * CELL + 0.5) / height
    h = place["h"] * CELL / height
    frame = figure.add_axes((x + 0.003, top - h + 0.003, w - 0.006, h - 0.004), facecolor=PANEL)
    frame.set(xticks=[], yticks=[])
    for side in frame.spines.values():
        side.set_color(FAINT)
    figure.text(x + 0.009, top - 0.19 / height, panel["title"], fontsize=8, weight="bold", va="center")
    if not any(one["points"] for one in panel["series"]):
        figure.text(x + w / 2, top - h / 2, "No data", ha="center", color="#8e9099", fontsize=9)
    elif panel["type"] == "stat":
        _stat(figure, panel, x + w / 2, top - h * 0.6)
    else:
        box = (x + 0.038, top - h + 0.62 / height, w - 0.05, h - 1.0 / height)
        _lines(figure.add_axes(box, facecolor=PANEL), panel, end)


def _stat(figure: Figure, panel: dict[str, Any], x: float, y: float) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    value = panel["series"][0]["points"][-1][1]
    steps = defaults.get("thresholds", {}).get("steps", [{"color": "green", "value": None}])
    colour = [one["color"] for one in steps if one["value"] is None or value >= one["value"]][-1]
    factor, unit = UNITS[defaults["unit"]]
    figure.text(
        x, y, f"{_short(value * factor)}{unit}", fontsize=19, color=STAT_COLOURS[colour], ha="center", va="center"
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _lines(axes: Axes, panel: dict[str, Any], end: float) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    factor, unit = UNITS[defaults["unit"]]
    below: dict[float, float] = {}
    for number, one in enumerate(sorted(panel["series"], key=lambda one: str(one["legend"]))):
        at = [point[0] for point in one["points"]]
        values = [point[1] * factor for point in one["points"]]
        floor = [0.0] * len(at)
        if defaults["custom"]["stacking"]["mode"] == "normal":
            floor = [below.get(round(x, 3), 0.0) for x in at]
            values = [value + under for value, under in zip(values, floor, strict=True)]
            below |= {round(x, 3): value for x, value in zip(at, values, strict=True) if value == value}
        colour = COLOURS[number % len(COLOURS)]
        axes.plot(at, values, color=colour, linewidth=1, label=one["legend"])
        axes.fill_between(at, floor, values, color=colour, alpha=defaults["custom"]["fillOpacity"] / 100, linewidth=0)
    axes.set_ylim(bottom=0, top=defaults["max"] * factor if "max" in defaults else None)
    axes.set_xlim(0, end)
    axes.grid(color=FAINT, linewidth=0.4)
    axes.tick_params(colors="#8e9099", labelsize=6, length=0)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}{unit}")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} min")
    for side in axes.spines.values():
        side.set_visible(False)
    columns = 3 if panel["gridPos"]["w"] < 12 else 5
    axes.legend(
        loc="upper left", bbox_to_anchor=(-0.06, -0.13), ncol=columns, fontsize=6, frameon=False, labelcolor=TEXT,
        handlelength=1, columnspacing=1,
    )  # fmt: skip
