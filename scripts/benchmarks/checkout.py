"""A copy of the checkout with a state of its own, and in it a program that does nothing, for the same Pulumi.

The state, the stacks and the services of whoever measures stay as they are.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

# The programs next to a uv.lock use its environment, so this one starts the same Python with the same packages.
EMPTY_PROJECT = "name: empty\nruntime: {name: python, options: {toolchain: uv}}\n"
EMPTY_PROGRAM = "import pulumi\n"

OWN = ("STACK", "EXTRAS", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
"""Variables of the caller, and of the `make bench` around this, that would change what is measured; PULUMI_… too. With
the last one, Python would compile everything anew at every start, which it does for no user."""


@dataclass(frozen=True)
class Checkout:
    folder: Path
    environ: dict[str, str]
    data: Path
    """Where services keep their files."""

    def make(self, target: str) -> float:
        return self._timed(["make", target], self.folder, self.environ)

    def pulumi(self, *arguments: str) -> float:
        return self._timed([".venv/bin/python", "scripts/pulumi", *arguments], self.folder, self.environ)

    def empty_program(self, *arguments: str) -> float:
        """Pulumi's own share."""
        empty = self.folder / "empty"
        bare = {
            **self.environ,
            "PATH": f"{self.folder / '.tools' / 'bin'}{os.pathsep}{self.environ['PATH']}",
            "PULUMI_BACKEND_URL": f"file://{empty / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "of no worth",
            "PULUMI_STACK": "local",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        if not empty.exists():
            (empty / "state").mkdir(parents=True)
            (empty / "Pulumi.yaml").write_text(EMPTY_PROJECT)
            (empty / "__main__.py").write_text(EMPTY_PROGRAM)
            self._timed(["pulumi", "stack", "init", "local"], empty, bare)
        return self._timed(["pulumi", *arguments], empty, bare)

    @staticmethod
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


@contextmanager
def copied_checkout(folder: Path, **settings: object) -> Iterator[Checkout]:
    """Set up, with settings for the stack `local`; what it made has gone when the block ends."""
    copy = _copy(folder / "checkout")
    kept = {key: text for key, text in os.environ.items() if key not in OWN and not key.startswith("PULUMI_")}
    data = folder / "data"
    environ = {**kept, "XDG_DATA_HOME": str(data), "PULUMI_HOME": str(folder / "pulumi-home")}
    checkout = Checkout(copy, environ, data)
    checkout.make("setup")
    for name, value in settings.items():
        checkout.pulumi("config", "set", name, str(value))
    try:
        yield checkout
    finally:
        checkout.make("down")


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
