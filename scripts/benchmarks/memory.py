"""How much memory does an idle service take beyond its Triton?"""

import re
import time
from pathlib import Path

from .rows import Row
from .services import processes_by_part, running_service

GOAL = 150
MB = 1e6


def measure(folder: Path, quick: bool) -> list[Row]:
    rows = []
    for mode in "direct", "scoring":
        with running_service(folder / mode, mode=mode) as service:
            time.sleep(2 if quick else 10)  # idle: what the start took is given back, and health was looked at again
            parts = processes_by_part(service.processes())
            sizes = {part: _sizes(processes) for part, processes in parts.items() if processes}
        rows += [
            Row(f"{mode}: {part}, {len(parts[part])} process{'es' * (len(parts[part]) > 1)}", _text(*sizes[part]))
            for part in sizes
        ]
        proportional, resident = (
            sum(size[index] for part, size in sizes.items() if part != "Triton") for index in (0, 1)
        )
        limited = mode == "direct"
        rows.append(
            Row(
                f"{mode}: beyond Triton",
                _text(proportional, resident),
                goal=f"under {GOAL} MB" if limited else "",
                met=resident < GOAL if limited else None,
            )
        )
    return rows


def _sizes(processes: list[int]) -> tuple[float, float]:
    """Megabytes, with what processes share divided between them, and counted for each."""
    both = [0.0, 0.0]
    for process in processes:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
        for index, name in enumerate(("Pss", "Rss")):
            (kib,) = re.findall(rf"^{name}: +(\d+) kB", text, re.MULTILINE)
            both[index] += int(kib) * 1024 / MB
    return both[0], both[1]


def _text(proportional: float, resident: float) -> str:
    return f"{proportional:.0f} MB ({resident:.0f} MB with shared pages counted for each)"
