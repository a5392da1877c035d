"""Scripts that use Flask, which was always there: azmlinfsrv is an application of it."""

from collections.abc import Iterator

import pytest
from parts.scoring_server import ScoringServer, environment_with, launch

TEXT = """
import flask
def init(): pass
def run(data): return eval(data)
"""
RAW = """
from azureml.contrib.services.aml_request import rawhttp
from flask import jsonify, make_response, request
def init(): pass
@rawhttp
def run(given):
    answer = make_response(jsonify({"by script": len(given.get_data()), "by Flask": len(request.get_data())}), 201)
    answer.set_cookie("seen", "yes")
    return answer
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    return environment_with(tmp_path_factory.mktemp("flask") / "venv", "flask==3.1.3")


@pytest.fixture(scope="module", params=[TEXT, RAW], ids=["text", "raw"])
def server(
    python: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ScoringServer]:
    path = tmp_path_factory.mktemp("scripts") / "score.py"
    path.write_text(request.param)
    with launch(path, python=python, environment={"PYTHONPATH": ""}) as server:
        server.wait_till_healthy()
        yield server


@pytest.mark.parametrize("server", [TEXT], indirect=True, ids=["text"])
def test_flasks_request_is_the_one_that_is_being_answered(server: ScoringServer) -> None:
    expression = "[flask.request.headers['x-own'], flask.request.args['a'], flask.request.method]"
    for own in "first", "second":
        answer = server.request("POST", "/score?a=1", body=expression, headers={"x-own": own})
        assert answer.json() == [own, "1", "POST"]


@pytest.mark.parametrize("server", [TEXT], indirect=True, ids=["text"])
def test_what_it_raises_stays_in_the_log_and_the_next_request_is_answered(server: ScoringServer) -> None:
    assert server.request("POST", "/score", body="flask.abort(404)").status == 500
    assert server.request("POST", "/score", body="flask.jsonify(a=1)").json() == {"a": 1}


@pytest.mark.parametrize("server", [RAW], indirect=True, ids=["raw"])
def test_both_requests_hold_the_body_and_the_response_is_sent_as_it_is(server: ScoringServer) -> None:
    answer = server.request("POST", "/score", body=b"12345")
    assert (answer.status, answer.json()) == (201, {"by script": 5, "by Flask": 5})
    assert answer.headers["set-cookie"] == "seen=yes; Path=/"
