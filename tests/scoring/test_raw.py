"""What a @rawhttp run() gets and may return."""

import http.client

import pytest
from parts.scoring_server import ScoringServer, Serve

IMPORTS = [
    "from azureml.contrib.services.aml_request import AMLRequest, rawhttp",
    "import azureml.contrib.services.aml_request as r; rawhttp, AMLRequest = r.rawhttp, r.AMLRequest",
    "from azureml.contrib.services import aml_request as r; rawhttp, AMLRequest = r.rawhttp, r.AMLRequest",
    "from azureml_inference_server_http.api.aml_request import rawhttp, AMLRequest",
]
STATUSES = {"AMLResponse('', 204)": 204, "AMLResponse('x', 599)": 599, "AMLResponse('gone', 404)": 404}
IMPOSSIBLE = [
    "AMLResponse('x', 99)",
    "AMLResponse('x', 700)",
    "AMLResponse({'a': 1}, 200)",
    "AMLResponse(5, 200)",
    "AMLResponse('x', 200, {'x-own': 'a\\r\\nb'})",
]


@pytest.fixture(scope="module")
def script() -> str:
    return """
    import json
    from azureml.contrib.services.aml_request import AMLRequest, rawhttp
    from azureml.contrib.services.aml_response import AMLResponse
    def init(): pass
    @rawhttp
    def run(request):
        if request.method == "OPTIONS":
            return AMLResponse("options of the script", 200)
        if "python" in request.args:
            return eval(request.args["python"])
        body = {
            "method": request.method, "args": request.args.to_dict(flat=False), "own": request.headers.get("x-own"),
            "length": len(request.get_data()), "first": list(request.get_data()[:4]), "path": request.path,
            "is": isinstance(request, AMLRequest), "type": request.content_type, "url": request.url,
        }
        return AMLResponse(json.dumps(body), 200, {"Content-Type": "application/json; charset=utf-8"})
    """


def python(server: ScoringServer, expression: str) -> http.client.HTTPResponse:
    return server.request("GET", "/score", fields={"python": expression})  # type: ignore[return-value]


def test_the_script_gets_the_request(server: ScoringServer) -> None:
    answer = server.request("POST", "/score?a=1&a=2", body=b"\xff\x00\xd8\n" * 1000, headers={"x-own": "mine"})
    assert answer.json() == {
        "method": "POST",
        "args": {"a": ["1", "2"]},
        "own": "mine",
        "length": 4000,
        "first": [255, 0, 216, 10],
        "path": "/score",
        "is": True,
        "type": None,
        "url": f"http://127.0.0.1:{server.port}/score?a=1&a=2",
    }
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-ms-run-fn-exec-ms"]


def test_the_script_gets_files_of_a_form(server: ScoringServer) -> None:
    expression = "{name: [file.filename, file.read().decode()] for name, file in request.files.items()}"
    answer = server.request("POST", f"/score?python={expression}", fields={"image": ("digit.png", b"bytes")})
    assert answer.json() == {"image": ["digit.png", "bytes"]}


def test_the_script_answers_options_and_get_itself(server: ScoringServer) -> None:
    assert server.request("OPTIONS", "/score").data == b"options of the script"
    assert server.request("GET", "/score").json()["method"] == "GET"


@pytest.mark.parametrize("expression", STATUSES)
def test_status_and_body_are_sent_as_the_script_says(server: ScoringServer, expression: str) -> None:
    answer = python(server, expression)
    assert answer.status == STATUSES[expression]
    assert answer.headers["x-ms-run-function-failed"] == str(answer.status >= 500)


@pytest.mark.parametrize("expression", IMPOSSIBLE)
def test_a_response_that_cannot_be_sent_is_an_error_with_ids(server: ScoringServer, expression: str) -> None:
    answer = python(server, expression)
    assert answer.status == 500
    assert "message" in answer.json()
    assert answer.headers["x-request-id"]


def test_headers_may_be_repeated_by_commas_but_dates_stay_whole(server: ScoringServer) -> None:
    date = "Wed, 21 Oct 2026 07:28:00 GMT"
    answer = python(server, f"AMLResponse('', 200, {{'x-own': 'a, b', 'Expires': '{date}', 'x-number': 5}})")
    assert answer.headers.getlist("x-own") == ["a", "b"]  # type: ignore[attr-defined]
    assert answer.headers["expires"] == date
    assert answer.headers["x-number"] == "5"


def test_bytes_text_and_json_may_be_answered(server: ScoringServer) -> None:
    assert python(server, "AMLResponse(bytes(range(256)), 200)").data == bytes(range(256))
    assert python(server, "AMLResponse({'a': 1}, 200, json_str=True)").json() == {"a": 1}
    assert python(server, "AMLResponse(None, 200)").json() == {}
    assert python(server, "AMLResponse((str(n) for n in range(3)), 200)").data == b"012"
    assert python(server, "{'plain': 1}").json() == {"plain": 1}


def test_an_answer_without_a_type_has_flasks(server: ScoringServer) -> None:
    assert python(server, "AMLResponse('84 : PEACOCK', 200)").headers["content-type"] == "text/html; charset=utf-8"


def test_a_large_answer_arrives_whole(server: ScoringServer) -> None:
    assert len(python(server, "AMLResponse(bytes(50_000_000), 200)").data) == 50_000_000


@pytest.mark.parametrize("imports", IMPORTS, ids=["from module", "import as", "from package", "new name"])
def test_every_form_of_import_works(serve: Serve, imports: str) -> None:
    server = serve(f"{imports}\ndef init(): pass\n@rawhttp\ndef run(request): return isinstance(request, AMLRequest)")
    assert server.score(1).json() is True


def test_an_asynchronous_script_may_await_the_body(serve: Serve) -> None:
    server = serve(
        """
        from azureml.contrib.services.aml_request import rawhttp
        def init(): pass
        @rawhttp
        async def run(request):
            body = await request.get_data()
            return [body.decode(), type(body).__name__, request.get_data() == body]
        """
    )
    assert server.request("POST", "/score", body=b"abc").json() == ["abc", "bytes", True]
