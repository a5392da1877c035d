"""What does an environment's image cost when nothing changed, when one package did, and the first time of all?

The provider is asked as the engine asks it, without Pulumi around it. The registry's log tells what it was sent.
"""

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from parts.base_images import push_base
from parts.docker_registry import DockerRegistry
from parts.environment_images import Images
from triton_serving.environment_image.layers import folder as layers_made
from triton_serving.environment_image.layers import package_layer
from triton_serving.environment_image.lock import locked, make_lock
from triton_serving.environment_image.wanted import read_wanted
from triton_serving.models.work import Work

from .memory import MB
from .rows import Row, seconds
from .scoring import THEIRS

PYTHON = "3.11"
PACKAGES = {"numpy": "2.4.6", "pillow": "13.0.0", "click": "8.1.7"}
"""What the digits example's script needs, and a small package that the scoring server needs, too."""
CHANGES = {"a small package changed": ("click", "8.1.8"), "the largest package changed": ("numpy", "2.4.5")}
_SENT = re.compile(r"(\d+) of (\d+) layers sent, ([\d,]+) bytes")


def measure(folder: Path, quick: bool) -> list[Row]:
    rounds = 2 if quick else 5
    first = [_first(folder / f"first-{number}") for number in range(1 + rounds)][1:]  # uv has the wheels then
    with _fresh(folder / "again") as images:
        images.up(pipPackages=_pinned())
        rows = [
            Row("the first time, wheels at hand", seconds([taken for taken, _ in first]), _told(first[-1][1])[0]),
            _unchanged(folder, images, rounds),
        ]
        for what, (name, version) in CHANGES.items():
            images.listener.said.clear()
            taken = _timed(partial(images.up, pipPackages=_pinned(**{name: version})))
            told, layers = _told(images.listener.said)
            rows.append(Row(what, seconds([taken]), told, "only its layer sent", layers == 1))
            images.up(pipPackages=_pinned())
    return rows + _sizes()


@contextmanager
def _fresh(folder: Path) -> Iterator[Images]:
    """A machine that has made no layer, and a registry that has nothing but the base."""
    with DockerRegistry(folder / "registry") as registry:
        base = push_base(registry.host)
        with _cache(folder / "cache"):
            yield Images(registry, base, folder)


@contextmanager
def _cache(folder: Path) -> Iterator[None]:
    before = os.environ.get("XDG_CACHE_HOME")
    uv = os.environ.setdefault("UV_CACHE_DIR", str(Path(before or Path.home() / ".cache") / "uv"))
    os.environ |= {"XDG_CACHE_HOME": str(folder), "UV_CACHE_DIR": uv}
    try:
        yield
    finally:
        os.environ.pop("XDG_CACHE_HOME")
        if before is not None:
            os.environ["XDG_CACHE_HOME"] = before


def _first(folder: Path) -> tuple[float, list[str]]:
    with _fresh(folder) as images:
        return _timed(lambda: images.up(pipPackages=_pinned())), images.listener.said


def _unchanged(folder: Path, images: Images, rounds: int) -> Row:
    """On a machine that has made no layer: should one be made, it is seen there."""
    before = images.uploads()
    with _cache(folder / "nothing"):
        times = [_timed(lambda: images.up(pipPackages=_pinned())) for _ in range(rounds)]
        made = len(list(layers_made().glob("*.tar.gz")))
    sent = images.uploads() - before
    told = f"{made} layers made, {sent} sent, 0 bytes" if not sent else f"{made} layers made, {sent} sent"
    return Row("unchanged", seconds(times), told, "no build, no push", made == sent == 0)


def _pinned(**changed: str) -> list[str]:
    return [f"{name}=={version}" for name, version in {**PACKAGES, **changed}.items()]


def _timed(step: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    step()
    return time.perf_counter() - begin


def _told(said: Sequence[str]) -> tuple[str, int]:
    """What the user reads of a push, and how many layers it says were sent."""
    [found] = [match for text in said if (match := _SENT.search(text))]
    return found[0], int(found[1])


def _sizes() -> list[Row]:
    """Of the layers of all packages, as a registry keeps them."""
    ours = read_wanted({}).requirements
    theirs = [THEIRS, *(one for one in ours if one.startswith(("numpy", "tritonclient")))]
    many, more = _size(ours), _size(theirs)
    return [
        Row("packages of an environment without any of its own", _as_text(many)),
        Row(f"with {THEIRS} instead of this project's server", _as_text(more), f"{more[1] / many[1]:.2f} times"),
    ]


def _size(requirements: Sequence[str]) -> tuple[int, int]:
    packages = locked(make_lock(requirements, PYTHON, {}, Work()))
    return len(packages), sum(package_layer((one,), PYTHON, Work()).size for one in packages)


def _as_text(counted: tuple[int, int]) -> str:
    return f"{counted[0]} packages, {counted[1] / MB:.1f} MB compressed"
