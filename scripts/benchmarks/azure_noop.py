"""How long does `pulumi up` of the deployed stack `dev` take when nothing changed?

It is deployed as `make rehearse STACK=dev` does it: Azure is the tests' stand-in, everything else is real.
"""

import time
from collections.abc import Callable
from pathlib import Path

from parts.azure_stacks import AzureStack, azure_in
from parts.operation import Outcome
from programs.cluster_images import REHEARSAL

from .clusters import running_cluster
from .rows import Row, seconds

GOAL = 10.0


def measure(folder: Path, quick: bool) -> list[Row]:
    rounds = 2 if quick else 9
    with running_cluster(folder, REHEARSAL) as ready, azure_in(folder / "azure", ready.cluster) as azure:
        dev = AzureStack(folder / "dev", "dev", azure, ready.images)
        dev.folder.mkdir()
        dev.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # Python keeps what it has compiled, as it does for users
        dev.make().up().fine()
        since = azure.made.calls_made
        ways: dict[str, Callable[[], Outcome]] = {
            "pulumi up --yes": lambda: dev.pulumi("up", "--yes", "--expect-no-changes"),
            "pulumi up --yes --skip-preview": lambda: dev.up("--expect-no-changes"),
            "pulumi preview": lambda: dev.preview("--expect-no-changes"),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for round_ in range(1 + rounds):
            for name, run in ways.items():
                begin = time.perf_counter()
                run().fine()
                if round_:
                    times[name].append(time.perf_counter() - begin)
        changed = len(azure.changes(since))
        dev.destroy().fine()
    rows = [Row(name, seconds(taken), "", f"under {GOAL:g} s", max(taken) < GOAL) for name, taken in times.items()]
    return [*rows, Row("changes that Azure was asked for", str(changed), "", "0", changed == 0)]
