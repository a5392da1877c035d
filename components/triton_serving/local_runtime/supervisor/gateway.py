"""Envoy: its files, whether it has taken them, and what it still has under way."""

import asyncio
import contextlib
import json
import shutil
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...plan.gateway.configuration import PASSED_ON, TAKEN, bootstrap
from ...plan.processes import Process, gateway_process
from ...rules.problems import UserError
from .asking import ask
from .handover import hand_over
from .logs import LogFile
from .parent import Parent
from .ports import Port
from .unit import Say, Unit

Configuration = Mapping[str, Any]
_ASK_EVERY = 0.02
_TAKES_SECONDS = 30.0
"""Envoy starts in 0.1 s and takes a new file in 0.01 s; after so long, also on a busy machine, it has refused it."""


@dataclass(frozen=True)
class GatewaySpec:
    """What makes a new Envoy necessary when it changes."""

    program: str
    port: int


@dataclass(frozen=True)
class UnderWay:
    old: int
    """Requests that the clusters in question are to answer."""
    arriving: int
    """Those that are not passed on yet, to whichever cluster. Envoy counts while it works, so that under load it may be
    one or two more or less."""


NOTHING = UnderWay(0, 0)


class Gateway(Unit):
    kind = "gateway"
    title = "the gateway"
    stop_seconds = 1.0

    def __init__(
        self,
        spec: GatewaySpec,
        held: Port,
        generation: int,
        parent: Parent,
        log: LogFile,
        changed: Callable[[], None],
    ) -> None:
        super().__init__(generation, (held,), parent, log, _TAKES_SECONDS, changed)
        self.spec = spec
        self.held = held
        self.folder = Path("gateway", str(generation))
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.folder / "bootstrap.json", bootstrap(spec.port))
        self._admin = str(self.folder / "admin.sock")

    def process(self) -> Process:
        return gateway_process(self.spec.program)

    async def needs(self) -> None:
        """Nothing: it starts alone."""

    async def become_ready(self, say: Say) -> None:
        while True:
            answer = await ask(self._admin, "/ready")
            if answer is not None and answer.status == 200:
                return
            await asyncio.sleep(_ASK_EVERY)

    def put(self, clusters: Configuration, routes: Configuration) -> None:
        """Writes the files; a running Envoy reads those that are new, by and by."""
        _write(self.folder / "clusters.json", clusters)
        _write(self.folder / "routes.json", routes)

    async def show(self, clusters: Configuration, routes: Configuration) -> None:
        """Returns when Envoy goes by both; raises `UserError` when it does not take them."""
        _write(self.folder / "clusters.json", clusters)
        await self._until_taken("ClustersConfigDump", clusters)
        _write(self.folder / "routes.json", routes)
        await self._until_taken("RoutesConfigDump", routes)

    async def requests_under_way(self, clusters: Collection[str]) -> UnderWay | None:
        """None when it does not say, as one that stands still for a moment; all has ended with one that died."""
        if self.pid is None:
            return NOTHING
        answer = await ask(self._admin, "/stats?format=json&filter=_active$")
        if answer is None or answer.status != 200:
            return None
        counts = {stat["name"]: int(stat["value"]) for stat in json.loads(answer.body)["stats"] if "value" in stat}
        taken = counts.pop(TAKEN, 0)
        old = sum(counts.get(f"cluster.{name}{counted}", 0) for name in clusters for counted in PASSED_ON)
        return UnderWay(old, max(taken - sum(counts.values()), 0))

    async def refuse_connections(self) -> None:
        """They go to the gateway that has come in its place. Requests on open connections are answered, and these
        closed."""
        await ask(self._admin, "/healthcheck/fail", method="POST")
        if self.pid is not None:
            with contextlib.suppress(OSError):  # it has ended, or this Linux knows no such filters
                await hand_over(self.spec.port, self.pid)
        await ask(self._admin, "/drain_listeners", method="POST")

    def sweep(self) -> None:
        (self.folder / "admin.sock").unlink(missing_ok=True)

    def close(self) -> None:
        super().close()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _until_taken(self, kind: str, wanted: Configuration) -> None:
        deadline = time.monotonic() + _TAKES_SECONDS
        while wanted["version_info"] not in await self._versions(kind):
            if time.monotonic() > deadline:
                raise UserError(self.explain(f"the gateway does not take over its new files ({kind})"))
            await asyncio.sleep(_ASK_EVERY)

    async def _versions(self, kind: str) -> list[str]:
        answer = await ask(self._admin, "/config_dump")
        if answer is None or answer.status != 200:
            return []
        for part in json.loads(answer.body)["configs"]:
            if part["@type"].endswith(f".{kind}"):
                return [
                    part.get("version_info"),
                    *(one.get("version_info") for one in part.get("dynamic_route_configs", ())),
                ]
        return []


def _write(path: Path, content: Configuration) -> None:
    new = path.with_suffix(".new")
    new.write_text(json.dumps(content))
    new.replace(path)  # in one step: Envoy never reads half a file
