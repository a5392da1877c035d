"""Requests that a client got wrong, all the way to the real Triton: it says what is wrong, and goes on."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from parts.load import eventually
from parts.raw_http import Answer, send
from parts.supervised import CONFIG, TIMES, Supervised
from triton_serving.plan.inference_protocol import HEADER_LENGTH

INFER = "/v2/models/times/infer"
GOOD = {"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}
MOST = 2**63


@pytest.fixture(scope="module")
def first(service: Supervised) -> Supervised:
    service.apply(service.direct(service.times(2)))
    return service


def with_input(**changes: Any) -> bytes:
    """The good request with other members of its input; None takes one away."""
    changed = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    return json.dumps({"inputs": [changed]}).encode()


def with_number(text: str) -> bytes:
    return with_input(data=["?"]).replace(b'"?"', text.encode())


def with_others(**members: Any) -> bytes:
    return json.dumps({"inputs": [GOOD], **members}).encode()


def output(**parameters: Any) -> bytes:
    return with_others(outputs=[{"name": "y", "parameters": parameters}])


def shared(name: str = "region", **parameters: Any) -> bytes:
    return with_input(data=None, parameters={"shared_memory_region": name, "shared_memory_byte_size": 4, **parameters})


WRONG: Mapping[str, bytes] = {
    "empty": b"",
    "cut": b"{",
    "no object": b"[1]",
    "null": b"null",
    "UTF-16": with_input().decode().encode("utf-16"),
    "lone surrogate": with_input(name="\ud800"),
    "repeated member": b'{"inputs": [], ' + with_input()[1:],
    "no inputs": b"{}",
    "inputs without one": b'{"inputs": []}',
    "thousands of inputs": json.dumps({"inputs": [{**GOOD, "name": f"x{n}"} for n in range(20_000)]}).encode(),
    "twice": json.dumps({"inputs": [GOOD, GOOD]}).encode(),
    "another name": with_input(name="z"),
    "another type": with_input(datatype="INT32"),
    "unknown type": with_input(datatype="FP33"),
    "no type": with_input(datatype=None),
    "another shape": with_input(shape=[2], data=[1, 1]),
    "more dimensions": with_input(shape=[1, 1]),
    "a million dimensions": with_input(shape=[1] * 1_000_000),
    "no dimension": with_input(shape=[0], data=[]),
    "negative dimension": with_input(shape=[-1]),
    "dimension of 63 bits": with_input(shape=[MOST]),
    "dimension over 64 bits": with_input(shape=[2**70]),
    "shape that overflows": with_input(shape=[2**32, 2**32]),
    "too little": with_input(data=[]),
    "too much": with_input(data=[1] * 100),
    "no data": with_input(data=None),
    "texts for numbers": with_input(data=["1"]),
    "objects for numbers": with_input(data=[{}]),
    "null for a number": with_number("null"),
    "binary without any": with_input(data=None, parameters={"binary_data_size": 4}),
    "binary of a negative size": with_input(data=None, parameters={"binary_data_size": -4}),
    "binary of a huge size": with_input(data=None, parameters={"binary_data_size": MOST}),
    "unknown output": with_others(outputs=[{"name": "z"}]),
    "classes that are no number": output(classification="many"),
    "negative number of classes": output(classification=-1),
    "binary of another type": output(binary_data="yes"),
    "shared memory for an input": shared(),
    "shared memory beyond all": shared(shared_memory_byte_size=MOST, shared_memory_offset=2**64 - 1),
    "shared memory for an output": output(shared_memory_region="region", shared_memory_byte_size=4),
    "parameters in a list": with_others(parameters=[1]),
    "reserved parameter": with_others(parameters={"triton_enable_empty_final_response": True}),
    "priority over 64 bits": with_others(parameters={"priority": 2**64}),
    "negative priority": with_others(parameters={"priority": -1}),
    "time-out over 64 bits": with_others(parameters={"timeout": 2**64}),
    "time-out as text": with_others(parameters={"timeout": "soon"}),
    "sequence that is a fraction": with_others(parameters={"sequence_id": 1.5}),
    "sequence that begins with text": with_others(parameters={"sequence_id": 1, "sequence_start": "yes"}),
    "id that is no text": with_others(id=5),
}


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG)
def test_a_wrong_request_is_told_what_is_wrong_and_nothing_else_happens(first: Supervised, body: bytes) -> None:
    """Triton 24.10 says 500 where it cannot read a request at all; later ones say 400."""
    before = first.status().processes
    answer = post(first, body)
    assert answer.status in (400, 404, 500)
    assert json.loads(answer.body)["error"]
    assert "is not healthy" not in answer.body.decode()
    assert first.infer(21) == 42
    assert first.status().processes == before


@pytest.mark.parametrize("body", [with_number("NaN"), with_number(str(2**64)), b"\xef\xbb\xbf" + with_input()])
def test_what_is_odd_but_clear_is_answered(first: Supervised, body: bytes) -> None:
    assert post(first, body).status == 200


@pytest.mark.parametrize("path", ["/v2/models/none/infer", "/v2/models/times/versions/9/infer"])
def test_a_model_or_version_that_is_not_served_is_told_by_triton(first: Supervised, path: str) -> None:
    answer = post(first, with_input(), path=path)
    assert (answer.status, b"is not found" in answer.body) == (404, True)


@pytest.mark.parametrize("tensor", [b"", b"abc", b"abcde"])
def test_a_tensor_of_another_length_than_announced_is_refused(first: Supervised, tensor: bytes) -> None:
    head = with_input(data=None, parameters={"binary_data_size": 4})
    assert post(first, head + tensor, f"{HEADER_LENGTH}: {len(head)}").status == 400
    assert first.infer(21) == 42


def test_the_shared_memory_of_the_servers_own_processes_is_nobodys_input(first: Supervised) -> None:
    for region in first.shared_memory():
        answer = post(first, shared(region))
        assert (answer.status, b"Unable to find shared memory region" in answer.body) == (404, True)


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/plain", "application/octet-stream"])
def test_the_type_of_a_body_says_nothing_to_triton(first: Supervised, kind: str) -> None:
    assert post(first, with_input(), f"Content-Type: {kind}").status == 200
    assert post(first, b"--x--", f"Content-Type: {kind}").status in (400, 500)


@pytest.mark.parametrize("shape", [[2**32, 2**32], [2**62, 1], [2**63 - 1, 1]], ids=str)
def test_a_shape_that_triton_24_10_dies_of_costs_a_moment(first: Supervised, shape: list[int]) -> None:
    """Where dimensions are free, it multiplies them without looking whether that fits; later releases refuse them."""
    first.apply(first.direct(first.model("free", TIMES.format(factor=2), CONFIG.replace("dims: 1", "dims: [-1, -1]"))))
    one = with_input(shape=[1, 1])
    assert post(first, one).status == 200
    assert post(first, with_input(shape=shape, data=[1])).status != 200
    eventually(lambda: post(first, one).status == 200, "it answers again")
    eventually(lambda: first.status().state == "Healthy", "it says that it is well")


def post(service: Supervised, body: bytes, *headers: str, path: str = INFER) -> Answer:
    lines = (f"POST {path} HTTP/1.1", "Host: a", f"Content-Length: {len(body)}", *headers, "", "")
    return send(service.port, "\r\n".join(lines).encode() + body)
