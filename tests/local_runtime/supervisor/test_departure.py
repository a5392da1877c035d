"""When an old program may go, by what its gateway says is under way there."""

import asyncio
import http.client
import json
import threading
from collections.abc import Collection
from contextlib import closing
from typing import cast

import pytest
from parts.load import eventually
from parts.supervised import Supervised
from triton_serving.local_runtime.supervisor import departure
from triton_serving.local_runtime.supervisor.gateway import NOTHING, Gateway, UnderWay

ONE, TWO = UnderWay(1, 0), UnderWay(2, 0)
ARRIVING = UnderWay(0, 1)


class Says:
    """Stands for a gateway, and answers each question with the next of these; then with nothing under way."""

    def __init__(self, *answers: UnderWay | None) -> None:
        self.left = list(answers)

    async def requests_under_way(self, clusters: Collection[str]) -> UnderWay | None:
        assert clusters == ("old",)
        return self.left.pop(0) if self.left else NOTHING


@pytest.fixture(autouse=True)
def _asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(departure, "_ASK_EVERY", 0)


def drain(gateway: Says, seconds: float = 60) -> list[str]:
    said: list[str] = []
    asyncio.run(departure.drain(cast(Gateway, gateway), ("old",), seconds, said.append))
    return said


def test_it_stays_while_it_still_answers() -> None:
    gateway = Says(TWO, TWO, ONE, NOTHING, NOTHING, ONE, NOTHING, NOTHING)
    assert drain(gateway) == [
        "waiting for 2 requests that the old version still answers",
        "waiting for 1 request that the old version still answers",
    ]
    assert not gateway.left


def test_it_stays_while_a_request_for_it_may_still_arrive() -> None:
    gateway = Says(*[ARRIVING] * 10, ONE)
    drain(gateway)
    assert not gateway.left


def test_a_gateway_that_says_nothing_for_a_moment_is_asked_again() -> None:
    gateway = Says(ONE, None, None, None, None, ONE)
    drain(gateway)
    assert not gateway.left


def test_it_goes_when_the_longest_request_must_have_ended() -> None:
    class Busy(Says):
        async def requests_under_way(self, clusters: Collection[str]) -> UnderWay:
            return ONE

    assert len(drain(Busy(), seconds=0.05)) == 1


@pytest.mark.parametrize("framing", ["by its length", "in chunks"])
def test_a_body_that_arrives_meanwhile_is_answered_by_the_model_it_was_begun_for(
    service: Supervised, framing: str
) -> None:
    service.apply(service.direct(service.times(2)))
    body = json.dumps({"id": "long" * 100, "inputs": [service.number(4)]}).encode()
    halves = [body[:100], body[100:]]
    header, value = ("Content-Length", str(len(body)))
    if framing == "in chunks":
        header, value = ("Transfer-Encoding", "chunked")
        halves = [b"%x\r\n%b\r\n" % (len(half), half) for half in halves] + [b"0\r\n\r\n"]
    with closing(http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)) as slow:
        slow.putrequest("POST", "/v2/models/times/infer")
        slow.putheader(header, value)
        slow.endheaders(halves[0])
        update = threading.Thread(target=service.apply, args=(service.direct(service.times(3)),))
        update.start()
        eventually(lambda: service.infer() == 3, "the new model answers others")
        update.join(1)
        assert update.is_alive(), "the update did not wait"
        slow.send(b"".join(halves[1:]))
        assert json.load(slow.getresponse())["outputs"][0]["data"] == [8]
        update.join()
