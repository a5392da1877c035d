"""run() described by inference-schema, in an environment that the distribution is installed into as users' are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.scoring_server import JSON, ScoringServer, environment_with, launch

SCRIPT = """
import numpy as np
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema, output_schema
def init(): pass
@input_schema("data", NumpyParameterType(np.array([[1, 2]])))
@input_schema("factor", StandardPythonParameterType(1))
@output_schema(StandardPythonParameterType([1]))
def run(data, factor=10):
    return [type(data).__name__, (data * factor).tolist()]
"""
REFUSED = {
    "no JSON type": ({"Content-Type": "text/plain"}, b'{"data": [[1, 2]]}', 415, "Expects Content-Type"),
    "bad JSON": (JSON, b"{", 400, "could not be decoded as JSON"),
    "deep JSON": (JSON, b"[" * 100_000, 400, "could not be decoded as JSON"),
    "empty": (JSON, b"", 400, "POST body is empty"),
    "no object": (JSON, b"[1]", 400, "should be a JSON dictionary"),
    "missing parameter": (JSON, b'{"factor": 1}', 400, "not provided for the 'data' parameter"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScoringServer]:
    folder = tmp_path_factory.mktemp("schema")
    python = environment_with(folder / "venv", "inference-schema==1.8", "numpy==2.4.0")
    path = folder / "score.py"
    path.write_text(SCRIPT)
    with launch(path, python=python, environment={"PYTHONPATH": ""}) as server:
        server.wait_till_healthy()
        yield server


def test_parameters_arrive_as_the_schema_says(server: ScoringServer) -> None:
    assert server.score({"data": [[1, 2]], "factor": 3}).json() == ["ndarray", [[3, 6]]]
    assert server.score({"data": [[1, 2]]}).json() == ["ndarray", [[10, 20]]]
    assert server.request("GET", "/score?data=[[1,2]]&factor=2").json() == ["ndarray", [[2, 4]]]


@pytest.mark.parametrize("case", REFUSED)
def test_a_body_that_does_not_fit_is_refused(server: ScoringServer, case: str) -> None:
    headers, body, status, message = REFUSED[case]
    answer = server.request("POST", "/score", body=body, headers=headers)
    assert answer.status == status
    assert message in answer.json()["message"]


def test_a_value_that_cannot_be_converted_is_an_error(server: ScoringServer) -> None:
    assert server.score({"data": "no array", "factor": 1}).status == 500


def test_the_distribution_brings_what_it_needs(server: ScoringServer) -> None:
    (site,) = (Path(server.output).parent / "venv").glob("lib/python3*/site-packages")
    assert (site / "triton_scoring" / "py.typed").exists()
