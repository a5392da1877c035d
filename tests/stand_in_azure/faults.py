"""Calls of Azure, numbered in their order, and what goes wrong with them when a test says so."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from .errors import MESSAGES, ArmError, Cancelled, Existing
from .storage import Storage, World

Answer = TypeVar("Answer")
ATTEMPTS = 4
"""The first and three more, as azcore has it."""
REFUSED, HALF_MADE, ANSWER_LOST, SLOW = "refused", "half-made", "answer-lost", "slow"
WRITES = ("create", "update")
CALLER = "00000000-0000-4000-8000-0000000000ca"


@dataclass(frozen=True)
class Asked:
    operation: str
    kind: str
    """The kind's name, or the invoke's."""
    identity: str

    @property
    def name(self) -> str:
        return self.identity.rpartition("/")[2]


@dataclass(frozen=True)
class Fault:
    """Of a call by its number, or of the first ones that fit. A call that is tried again meets it again."""

    code: str
    call: int | None = None
    operation: str | None = None
    kind: str | None = None
    left: int = 1
    how: str | None = None
    """`refused`, `half-made`, `answer-lost` or `slow`; without it as Azure usually does with that code."""
    seconds: float = 0
    retry_after: float | None = None
    message: str | None = None
    identity: str | None = None


class HalfMade(Exception):
    """Azure took the request, and what it made then failed or is not ready: Pulumi keeps it, to try again."""


class Calls:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def make(self, asked: Asked, act: Callable[[World], Answer], stop: threading.Event) -> Answer:
        """One call, tried again as long as its error passes by itself."""
        with self._storage.open() as world:
            world.calls += 1
            number = world.calls
        attempt = 1
        while True:
            try:
                return self._attempt(asked, act, stop, number, attempt)
            except ArmError as error:
                if not error.passing or attempt == ATTEMPTS:
                    raise
            attempt += 1
            if stop.wait(self._storage.settings.pause):
                raise Cancelled("context canceled")

    def _attempt(
        self, asked: Asked, act: Callable[[World], Answer], stop: threading.Event, number: int, attempt: int
    ) -> Answer:
        told: dict[str, Any] = {"call": number, "attempt": attempt, **vars(asked)}
        fault: Fault | None = None
        try:
            with self._storage.open() as world:
                fault = _due(world, asked, number)
                if fault and fault.how == REFUSED:
                    raise _error(fault, asked)
                answer = act(world)
                if fault and fault.how == HALF_MADE:
                    _spoil(world, asked.identity)
                    raise HalfMade(str(_error(fault, asked)))
                if fault and fault.how == ANSWER_LOST:
                    raise _error(fault, asked)
            if fault and stop.wait(fault.seconds):
                wanted = HalfMade if asked.operation in WRITES else Cancelled
                raise wanted("context canceled")
        except ArmError as error:
            told |= {"status": error.status, "code": error.code, "retry_after": error.retry_after}
            raise
        except (Existing, HalfMade, Cancelled) as error:
            told |= {"status": 0, "code": type(error).__name__}
            raise
        else:
            told |= {"status": 200}
            return answer
        finally:
            if "status" in told:
                self._storage.record(told)


def _due(world: World, asked: Asked, number: int) -> Fault | None:
    for kept in world.faults:
        one = Fault(**kept)
        fits = one.call in (None, number) and one.operation in (None, asked.operation)
        fits = fits and one.identity in (None, asked.identity)
        if one.left and fits and one.kind in (None, asked.kind):
            kept["left"] -= 1
            return one if one.how else replace(one, how=_usual(one.code, asked))
    return None


def _usual(code: str, asked: Asked) -> str:
    """Azure accepts a cluster or pool first and looks for machines then."""
    with_machines = asked.operation in WRITES and asked.kind in ("ManagedCluster", "AgentPool")
    return HALF_MADE if code == "AllocationFailed" and with_machines else REFUSED


def _error(fault: Fault, asked: Asked) -> ArmError:
    action = {"create": "write", "update": "write", "delete": "delete"}.get(asked.operation, "read")
    said = fault.message or MESSAGES.get(fault.code, "The request could not be served.").format(
        caller=CALLER, action=f"{asked.kind}/{action}", scope=asked.identity, name=asked.name
    )
    return ArmError(fault.code, said, retry_after=fault.retry_after)


def _spoil(world: World, identity: str) -> None:
    body = world.get(identity)
    if body is not None:
        body.setdefault("properties", {})["provisioningState"] = "Failed"
