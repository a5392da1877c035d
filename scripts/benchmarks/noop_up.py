"""What does a second `make up` cost when nothing changed, next to Pulumi itself with a program that does nothing?

All happens in a copy of the checkout, so the state and the stacks of whoever measures stay as they are.
"""

import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from .rows import Row, seconds

ROOT = Path(__file__).parents[2]
GOAL = 1.3

# The programs next to a uv.lock use its environment, so this one starts the same Python with the same packages.
EMPTY_PROJECT = "name: empty\nruntime: {name: python, options: {toolchain: uv}}\n"
EMPTY_PROGRAM = "import pulumi\n"

OWN = ("STACK", "EXTRAS", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "VIRTUAL_ENV", "PYTHONPATH")
"""Variables of the caller, and of the `make bench` around this, that would change what is measured; PULUMI_… too."""


def measure(folder: Path, quick: bool) -> list[Row]:
    copy = _copy(folder / "checkout")
    environ = _environment(folder)
    empty = copy / "empty"
    empty.mkdir()
    (empty / "Pulumi.yaml").write_text(EMPTY_PROJECT)
    (empty / "__main__.py").write_text(EMPTY_PROGRAM)
    backend = folder / "empty-state"
    backend.mkdir()
    tools = f"{copy / '.tools' / 'bin'}{os.pathsep}{environ['PATH']}"
    bare = {
        **environ,
        "PATH": tools,
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": "of no worth",
        "PULUMI_STACK": "local",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    _timed(["pulumi", "stack", "init", "local"], empty, bare)
    up = ["pulumi", "up", "--yes"]
    steps: dict[str, tuple[list[str], Path, dict[str, str]]] = {
        "empty": (up, empty, bare),
        "make": (["make", "up"], copy, environ),
        "empty at once": ([*up, "--skip-preview"], empty, bare),
        "pulumi": ([".venv/bin/python", "scripts/pulumi", "up", "--yes"], copy, environ),
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for round_ in range(1 + (3 if quick else 7)):
        for name, step in steps.items():
            taken = _timed(*step)
            if round_:  # the first one builds everything
                times[name].append(taken)
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


def _copy(copy: Path) -> Path:
    """The files of the checkout as they are now, with its programs, and its own virtual environment."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    for name in listed.stdout.rstrip("\0").split("\0"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)  # with the times, so that make sees what is done
    shutil.copytree(ROOT / ".tools", copy / ".tools", symlinks=True)
    return copy


def _environment(folder: Path) -> dict[str, str]:
    kept = {key: text for key, text in os.environ.items() if key not in OWN and not key.startswith("PULUMI_")}
    return {**kept, "XDG_DATA_HOME": str(folder / "data"), "PULUMI_HOME": str(folder / "pulumi-home")}


def _timed(command: list[str], at: Path, environ: dict[str, str]) -> float:
    begin = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=at,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    taken = time.perf_counter() - begin
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stdout}")
    return taken
