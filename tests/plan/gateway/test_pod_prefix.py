"""A service below a path, as v1's addresses were: what begins with it goes through, without it; nothing else does."""

from collections.abc import Iterator

import pytest
from parts.pod_gateway import Pod, running_pod
from parts.raw_http import Recorder
from plan.gateway.test_pod import DIRECT, KEYS, NEEDS, SCORING, bearer
from triton_serving.plan.gateway import pod

PREFIX = "/api/v1/service/my.digits"


@pytest.fixture(scope="module")
def programs() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory, programs: Recorder) -> Iterator[Pod]:
    gateway = pod.PodGateway(DIRECT, NEEDS, path_prefix=PREFIX)
    behind = {pod.TRITON_HTTP: programs.port}
    with running_pod(tmp_path_factory.mktemp("pod"), gateway, KEYS, behind=behind) as running:
        yield running


@pytest.fixture(scope="module")
def scoring(tmp_path_factory: pytest.TempPathFactory, programs: Recorder) -> Iterator[Pod]:
    gateway = pod.PodGateway(SCORING, NEEDS, path_prefix=PREFIX)
    behind = {pod.SCORING: programs.port}
    with running_pod(tmp_path_factory.mktemp("pod"), gateway, behind=behind) as running:
        yield running


def reached(programs: Recorder) -> list[str]:
    """By callers; the gateway's own checks have other hosts."""
    return [one.line for one in programs.requests if ("host", "a") in one.headers]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/health/ready"),
        ("GET", "/v2/models/digits"),
        ("GET", "/v2/models/digits?a=%2f"),
        ("POST", "/v2/models/digits/infer"),
        ("POST", "/v2/models/digits/versions/1/infer"),
    ],
)
def test_triton_is_below_the_prefix_and_knows_nothing_of_it(direct: Pod, programs: Recorder, method: str, path: str):
    programs.forget()
    key = bearer(KEYS.primary)
    assert direct.call(f"{PREFIX}{path}", key, method=method, body=b"{}" if method == "POST" else b"").status == 200
    assert reached(programs) == [f"{method} {path} HTTP/1.1"]
    assert direct.call(path, key, method=method).status == 404
    assert direct.call(f"{PREFIX}{path}", method=method).status == 401


@pytest.mark.parametrize(
    ("method", "called", "path"),
    [
        ("GET", PREFIX, "/"),
        ("GET", f"{PREFIX}/", "/"),
        ("HEAD", f"{PREFIX}/", "/"),
        ("GET", f"{PREFIX}/swagger.json", "/swagger.json"),
        ("POST", f"{PREFIX}/score", "/score"),
        ("GET", f"{PREFIX}/score?x=1", "/score?x=1"),
    ],
)
def test_the_scoring_server_is_below_the_prefix(scoring: Pod, programs: Recorder, method: str, called: str, path: str):
    programs.forget()
    assert scoring.call(called, method=method, body=b"{}" if method == "POST" else b"").status == 200
    assert reached(programs) == [f"{method} {path} HTTP/1.1"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/score",
        "/swagger.json",
        f"{PREFIX}score",
        f"{PREFIX}//score",
        f"/{PREFIX}/score",
        f"{PREFIX}/%73core",
        f"{PREFIX}%2fscore",
        f"{PREFIX}/../score",
        f"{PREFIX}/x/../score",
        f"{PREFIX}/./score",
        f"{PREFIX}{PREFIX}/score",
        f"{PREFIX.upper()}/score",
        f"{PREFIX.replace('.', 'x')}/score",
        f"{PREFIX}/score/",
        f"{PREFIX}/score;a=b",
        f"{PREFIX}\\score",
    ],
)
def test_bare_doubled_and_encoded_paths_are_unknown(scoring: Pod, programs: Recorder, path: str):
    programs.forget()
    assert scoring.call(path).status == 404
    assert not reached(programs)


def test_the_version_of_the_routes_is_not_below_the_prefix(scoring: Pod):
    assert scoring.call(pod.VERSION_PATH).status == 200
    assert scoring.call(f"{PREFIX}{pod.VERSION_PATH}").status == 404
