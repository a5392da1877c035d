"""How long does the first preview of the stack `dev` take, next to the same resources declared without this project?

Azure is played by the tests' stand-in for both, and no cluster is needed: nothing is there yet.
"""

import json
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from parts.azure_stacks import NO_IMAGE, Azure, AzureStack, azure_in
from parts.base_images import push_base
from parts.docker_registry import DockerRegistry
from parts.engine import Stack

from .flat_azure import flat_program
from .rows import Row, seconds
from .starts import start_rows

GOAL = 1.3
OTHERS = ("azure-native:", "kubernetes:", "pulumi:providers:")
"""Types of resources that both programs have to have alike."""
KEPT = """
[[index]]
url = "https://pypi.org/simple"
default = true
cache-control = { api = "max-age=600", files = "max-age=31536000, immutable" }
"""
"""uv's settings that keep the index's answers for ten minutes. Where an index says nothing of that itself, uv asks for
every package again."""
GIVEN = {"baseImage": None, "environmentImage": NO_IMAGE}
"""Settings of a stack whose environment somebody else has made an image of."""


def measure(folder: Path, quick: bool) -> list[Row]:
    times: dict[str, list[float]] = {}
    with azure_in(folder / "azure") as azure, DockerRegistry(folder / "registry") as registry:
        base = push_base(registry.host)
        dev = _dev(folder / "dev", azure, {"baseImage": base})
        given = _dev(folder / "given", azure, {"baseImage": base}, **GIVEN)
        kept = _dev(folder / "kept", azure, {"baseImage": base})
        (folder / "uv.toml").write_text(KEPT)
        kept.environ["UV_CONFIG_FILE"] = str(folder / "uv.toml")
        flat = flat_program(folder / "flat")
        flat.environ |= azure.environment()
        azure.made.link(flat.folder / "home")
        _keep_what_is_compiled(flat)
        first = _timed(dev.preview)  # nothing is known of packages, nor compiled
        _same_resources(dev, flat)
        for round_ in range(1 + (2 if quick else 9)):
            for name, stack in {"flat": flat, "dev": dev, "kept": kept, "given": given}.items():
                taken = _timed(stack.preview)
                if round_:
                    times.setdefault(name, []).append(taken)
        rows = _rows(times, first)
        return rows + start_rows(dev, rounds=3 if quick else 9)


def _dev(folder: Path, azure: Azure, images: dict[str, str], **changed: str | None) -> AzureStack:
    folder.mkdir()
    stack = AzureStack(folder, "dev", azure, images)
    _keep_what_is_compiled(stack)
    stack.make().set(**changed)
    return stack


def _keep_what_is_compiled(stack: Stack) -> None:
    """As Python does for users."""
    stack.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _timed(preview: Callable[[], object]) -> float:
    begin = time.perf_counter()
    preview().fine()  # type: ignore[attr-defined]
    return time.perf_counter() - begin


def _same_resources(ours: Stack, flat: Stack) -> None:
    counted = [_of_others(stack) for stack in (ours, flat)]
    if counted[0] != counted[1]:
        raise RuntimeError(f"the programs differ, so that nothing is compared: {counted[0]}, {counted[1]}")


def _of_others(stack: Stack) -> Counter[str]:
    steps = json.loads(stack.preview("--json").fine().out)["steps"]
    types = [step["newState"]["type"] for step in steps]
    return Counter(typ for typ in types if typ.startswith(OTHERS))


def _rows(times: dict[str, list[float]], first: float) -> list[Row]:
    middle = {name: statistics.median(taken) for name, taken in times.items()}

    def compared(name: str) -> float:
        return middle[name] / middle["flat"]

    return [
        Row("the same resources, by hand", seconds(times["flat"])),
        Row(
            "stack dev",
            seconds(times["dev"]),
            f"{compared('dev'):.2f} times",
            f"at most {GOAL} times",
            compared("dev") <= GOAL,
        ),
        Row(
            "stack dev, the index's answers kept for ten minutes",
            seconds(times["kept"]),
            f"{compared('kept'):.2f} times",
        ),
        Row("stack dev, its environment's image given", seconds(times["given"]), f"{compared('given'):.2f} times"),
        Row("stack dev, the first time of all", seconds([first]), "every package is fetched and made a layer"),
    ]
