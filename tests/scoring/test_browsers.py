"""Callers in browsers: whose pages may call, as Azure ML's setting says it."""

from parts.scoring_server import Serve


def test_browsers_of_the_named_origins_may_call(serve: Serve) -> None:
    server = serve(
        "def init(): pass\ndef run(data): return 1",
        environment={"AML_CORS_ORIGINS": "https://one.example, https://two.example"},
    )
    allowed = "access-control-allow-origin"
    assert server.score(1, Origin="https://two.example").headers[allowed] == "https://two.example"
    assert server.score(1).headers[allowed] == "https://one.example"
    assert allowed not in server.score(1, Origin="https://three.example").headers
    preflight = {"Origin": "https://one.example", "Access-Control-Request-Method": "POST"}
    answer = server.request("OPTIONS", "/score", headers={**preflight, "Access-Control-Request-Headers": "x-own"})
    assert answer.headers["access-control-allow-methods"] == "GET, POST"
    assert answer.headers["access-control-allow-headers"] == "x-own"


def test_browsers_of_any_origin_may_call_where_a_star_says_so(serve: Serve) -> None:
    server = serve("def init(): pass\ndef run(data): return 1", "--access_control_allow_origins=*")
    assert server.score(1, Origin="https://any.example").headers["access-control-allow-origin"] == "https://any.example"
