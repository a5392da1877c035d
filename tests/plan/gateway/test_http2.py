"""HTTP/2 as no library speaks it: streams that are opened and left, more of them than may be, headers without end."""

from contextlib import suppress

import pytest
from parts.envoy import resident_bytes
from parts.http2_frames import (
    CONTINUATION,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    REFUSED_STREAM,
    RESET,
    connect,
    frame,
    headers,
    received,
    reset,
)
from parts.raw_http import send
from plan.gateway.conftest import INFER, Gateway, request

MIB = 2**20
AT_ONCE = 1000
"""Streams that one connection may have open."""
ASK = request("GET", "/v2/models/digits")
ASKED = headers(method="GET", path="/v2/models/digits", scheme="http", authority="a")
LEFT = {
    "reading": (ASKED, END_STREAM),
    "body": (headers(method="POST", path=INFER, scheme="http", authority="a"), 0),
    "grpc": (
        headers(method="POST", path="/inference.GRPCInferenceService/ModelStreamInfer", scheme="http", authority="a")
        + headers(**{"content-type": "application/grpc", "te": "trailers"}),
        0,
    ),
    "refused": (headers(method="GET", path="/v2/repository/index", scheme="http", authority="a"), END_STREAM),
}


@pytest.mark.parametrize(("opened", "flags"), LEFT.values(), ids=LEFT)
def test_ten_thousand_resets_end_their_connection_and_nothing_else(fresh: Gateway, opened: bytes, flags: int):
    at_first = resident_bytes(fresh.envoy)
    for _ in range(3):
        with connect(fresh.port) as connection:
            with suppress(BrokenPipeError, ConnectionResetError):
                for stream in range(1, 20_001, 2):
                    connection.sendall(frame(HEADERS, END_HEADERS | flags, stream, opened) + reset(stream))
            list(received(connection))  # till the gateway closes it
    assert fresh.upstream.begun < 3 * AT_ONCE
    assert resident_bytes(fresh.envoy) - at_first < 200 * MIB
    assert send(fresh.port, ASK).status == 200


def test_headers_without_end_are_cut_and_not_kept(fresh: Gateway):
    at_first = resident_bytes(fresh.envoy)
    more = b"".join(headers(**{f"x-{number}": "a" * 1000}) for number in range(15))
    with connect(fresh.port) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(frame(HEADERS, 0, 1, ASKED))
            for _ in range(10_000):
                connection.sendall(frame(CONTINUATION, 0, 1, more))
            pytest.fail("150 MB of headers were taken")
        list(received(connection))
    assert resident_bytes(fresh.envoy) - at_first < 10 * MIB
    assert fresh.upstream.begun == 0
    assert send(fresh.port, ASK).status == 200


def test_streams_over_the_limit_are_refused_and_the_others_answered(fresh: Gateway):
    fresh.upstream.hold.clear()
    with connect(fresh.port) as connection:
        streams = range(1, 2 * (AT_ONCE + 50), 2)
        for stream in streams:
            connection.sendall(frame(HEADERS, END_STREAM | END_HEADERS, stream, ASKED))
        fresh.envoy.wait_for(lambda: fresh.upstream.begun == AT_ONCE)
        fresh.upstream.hold.set()
        answered, refused = set(), set()
        for found in received(connection):
            if found.kind == HEADERS:
                answered.add(found.stream)
            elif found.kind == RESET:
                assert int.from_bytes(found.content, "big") == REFUSED_STREAM
                refused.add(found.stream)
            if len(answered | refused) == len(streams):
                break
    assert answered == set(streams[:AT_ONCE])
    assert refused == set(streams[AT_ONCE:])
