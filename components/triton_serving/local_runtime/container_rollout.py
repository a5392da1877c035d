"""From containers that were started to a service that answers: the new set is asked through the gateway by a name that
nobody knows, and callers are led there when it is ready and every model answers. Until then the old set serves.
"""

import http.client
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..models.work import Work
from ..plan.containers import targets, upstreams
from ..plan.gateway.configuration import routes
from ..plan.gateway.inside import IN_FORCE_PATH, with_inside, with_upstreams
from ..plan.service import Keys, Mode, ServicePlan
from ..rules.problems import UserError
from ..rules.program_logs import gateway_lines, readable, scoring_cause, triton_cause
from .canary import first_look
from .container_folder import Serving, gateway_folder, note_serving, secret_of, serving, write
from .docker_engine import Condition, DockerEngine

ASK_EVERY = 0.2
GATEWAY_SECONDS = 60.0
"""Envoy starts in half a second and takes a file in 0.01 s; a busy machine is given more."""
LOOK_SECONDS = 60.0
"""For all models to answer once they are ready."""
SHOWN_LINES = 20
"""Of a log."""
TITLES = {"gateway": "the gateway", "triton": "Triton", "scoring": "the entry script"}


@dataclass(frozen=True)
class Target:
    """What is to serve."""

    plan: ServicePlan
    port: int
    slot: int
    containers: Mapping[str, str]
    """Ids by their parts."""
    startup_seconds: float
    model: str
    source: str
    """Names of folders, which stay while they are mounted."""
    keys: Keys | None = field(default=None, repr=False)


def follow(engine: DockerEngine, folder: Path, target: Target, work: Work, notice: Callable[[str], None]) -> None:
    """Returns when callers reach the new set. Where it does not come to that, the old one serves on, and the new one is
    stopped: it would take memory and GPUs for nothing."""
    before = serving(folder)
    is_new = before is None or before.slot != target.slot
    try:
        _bring_up(engine, folder, target, work, notice, is_new)
    except UserError as error:
        if not is_new:
            raise
        for part in ("scoring", "triton"):
            if part in target.containers:
                engine.stop(target.containers[part])
        kept = "the version before goes on serving" if before else "nothing serves"
        raise UserError(f"{error}\n{kept}; correct it and run the same command again") from None
    note_serving(folder, Serving(target.slot, target.model, target.source))


def trouble(engine: DockerEngine, folder: Path, target: Target) -> str:
    """Why a service does not answer as it should, in words; empty when it does."""
    for part, container in target.containers.items():
        condition = engine.condition(container)
        if condition is None or not condition.running:
            return f"{TITLES[part]} does not run"
    host = _host(folder, target)
    door = _Door(target.port, host)
    if not door.is_open():
        return "the gateway does not answer"
    if lacking := _not_ready(door, target.plan.mode):
        return f"{TITLES[lacking]} is not ready"
    try:
        _look(target, host)
    except UserError as error:
        return str(error)
    return ""


def _bring_up(
    engine: DockerEngine, folder: Path, target: Target, work: Work, notice: Callable[[str], None], is_new: bool
) -> None:
    restarts = _start(engine, target, is_new)
    inside, secret = targets(target.plan.mode, target.slot), secret_of(folder)
    if not is_new and _is_dead(folder, target):
        engine.restart(target.containers["triton"])
    clusters = with_upstreams(_read(folder, "clusters"), upstreams(target.plan.mode, target.slot))
    write(gateway_folder(folder) / "clusters.json", clusters)
    host = _show(engine, folder, target, with_inside(_read(folder, "routes"), inside, secret), work)
    _wait(engine, target, _Door(target.port, host), work, restarts)
    for text in _look(target, host):
        notice(text)
    wanted = routes(target.plan, inside, target.keys, ready=True)
    _show(engine, folder, target, with_inside(wanted, inside, secret), work)


def _start(engine: DockerEngine, target: Target, is_new: bool) -> dict[str, int]:
    """Starts what was stopped, and says how often each was started again by Docker: a new one never was."""
    counted = {}
    for part, container in target.containers.items():
        condition = _condition(engine, container, part)
        if not condition.running:
            engine.start(container)
        counted[part] = 0 if is_new and part != "gateway" else condition.restarts
    return counted


def _is_dead(folder: Path, target: Target) -> bool:
    """Whether Triton says that it is ready and fails requests all the same, as it does for ever when the process of a
    Python model was killed."""
    host = _host(folder, target)
    if target.plan.mode is Mode.SCRIPT or _Door(target.port, host).ask("/v2/health/ready") != 200:
        return False
    try:
        _look(target, host)
    except UserError:
        return True
    return False


def _show(engine: DockerEngine, folder: Path, target: Target, found: tuple[dict[str, Any], str], work: Work) -> str:
    """Gives the gateway its routes; returns when they are in force."""
    content, host = found
    write(gateway_folder(folder) / "routes.json", content)
    door, until = _Door(target.port, host), time.monotonic() + GATEWAY_SECONDS
    while not door.is_open():
        work.checkpoint()
        condition = _condition(engine, target.containers["gateway"], "gateway")
        if time.monotonic() > until or condition.restarts > 2:
            raise UserError(_failure(engine, target, "gateway", "does not take over its files"))
        time.sleep(ASK_EVERY / 4)
    return host


def _wait(engine: DockerEngine, target: Target, door: "_Door", work: Work, restarts: Mapping[str, int]) -> None:
    until = time.monotonic() + target.startup_seconds
    while lacking := _not_ready(door, target.plan.mode):
        work.checkpoint()
        work.say(f"waiting for {TITLES[lacking]}")
        for part, container in target.containers.items():
            condition = _condition(engine, container, part)
            if condition.restarts > restarts[part] or not (condition.running or condition.restarts):
                ended = condition.error or f"ended (exit status {condition.exit_code})"
                raise UserError(_failure(engine, target, part, ended))
        if time.monotonic() > until:
            told = f"was not ready after {target.startup_seconds:g} s (startupTimeoutSeconds)"
            raise UserError(_failure(engine, target, lacking, told))
        time.sleep(ASK_EVERY)


def _not_ready(door: "_Door", mode: Mode) -> str:
    """The part that is waited for; empty when there is none."""
    if mode is not Mode.SCRIPT and door.ask("/v2/health/ready") != 200:
        return "triton"
    return "scoring" if mode is not Mode.DIRECT and door.ask("/") != 200 else ""


def _look(target: Target, host: str) -> list[str]:
    if target.plan.mode is Mode.SCRIPT:
        return []
    return first_look(target.port, target.plan.models, LOOK_SECONDS, host)[1]


def _condition(engine: DockerEngine, container: str, part: str) -> Condition:
    condition = engine.condition(container)
    if condition is None:
        raise UserError(
            f"the container of {TITLES[part]} is gone; run `pulumi refresh`, and then the same command again"
        )
    return condition


def _failure(engine: DockerEngine, target: Target, part: str, told: str) -> str:
    lines = readable(engine.last_lines(target.containers[part]))
    cause = None
    if part == "triton":
        cause, lines = triton_cause(lines)
    elif part == "scoring":
        cause = scoring_cause(lines)
    else:
        lines = gateway_lines(lines)
    shown = "".join(f"\n  {line}" for line in [line for line in lines if line][-SHOWN_LINES:])
    reason = f"{TITLES[part]} {told}{f': {cause}' if cause else ''}"
    return f"{reason}\nlast lines of its log:{shown}" if shown else reason


def _host(folder: Path, target: Target) -> str:
    """By which those inside are asked now."""
    return with_inside(_read(folder, "routes"), targets(target.plan.mode, target.slot), secret_of(folder))[1]


def _read(folder: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((gateway_folder(folder) / f"{name}.json").read_text())
    return found


@dataclass(frozen=True)
class _Door:
    """The gateway's port, by the name for those inside."""

    port: int
    host: str

    def is_open(self) -> bool:
        return self.ask(IN_FORCE_PATH) == 204

    def ask(self, path: str) -> int:
        """The status of the answer; 0 without any."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path, headers={"Host": self.host, "Connection": "close"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
