"""When an old program may go, by what its gateway says is under way there."""

import asyncio
from collections.abc import Collection
from typing import cast

import pytest
from triton_serving.local_runtime.supervisor import departure
from triton_serving.local_runtime.supervisor.gateway import Gateway


class Says:
    """Stands for a gateway, and answers each question with the next of these."""

    def __init__(self, *answers: int | None, pid: int | None = 1) -> None:
        self.left = list(answers)
        self.pid = pid

    async def requests_under_way(self, clusters: Collection[str]) -> int | None:
        assert clusters == ("old",)
        return self.left.pop(0) if self.left else 0


@pytest.fixture(autouse=True)
def _asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departure, "_ASK_EVERY", 0)


def drain(gateway: Says, seconds: float = 60) -> list[str]:
    said: list[str] = []
    asyncio.run(departure.drain(cast(Gateway, gateway), ("old",), seconds, said.append))
    return said


def test_it_stays_while_it_still_answers() -> None:
    gateway = Says(2, 2, 1, 0, 0, 1, 0, 0)
    assert drain(gateway) == [
        "waiting for 2 requests that the old version still answers",
        "waiting for 1 request that the old version still answers",
    ]
    assert not gateway.left


def test_a_gateway_that_says_nothing_for_a_moment_is_asked_again() -> None:
    gateway = Says(1, None, None, None, None, 1)
    drain(gateway)
    assert not gateway.left


def test_with_a_gateway_that_died_its_requests_have_ended() -> None:
    gateway = Says(None, None, None, 1, pid=None)
    drain(gateway)
    assert gateway.left == [1]


def test_it_goes_when_the_longest_request_must_have_ended() -> None:
    class Busy(Says):
        async def requests_under_way(self, clusters: Collection[str]) -> int:
            return 1

    assert len(drain(Busy(), seconds=0.05)) == 1
