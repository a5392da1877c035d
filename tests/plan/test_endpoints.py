"""The addresses that v1 clients know: /score with an entry script, the base without one."""

import pytest
from triton_serving.plan.endpoints import endpoints
from triton_serving.plan.service import Mode, ServedModel

BASE = "http://localhost:6789"
MODELS = (ServedModel("digits", (1, 3)), ServedModel("faces", (2,)))


def test_in_direct_mode_the_scoring_uri_is_the_base_and_every_version_has_its_own_address():
    found = endpoints(BASE, Mode.DIRECT, MODELS)
    assert found.scoring_uri == BASE
    assert found.health_uri == f"{BASE}/v2/health/ready"
    assert found.infer_uris == {
        "digits/1": f"{BASE}/v2/models/digits/versions/1/infer",
        "digits/3": f"{BASE}/v2/models/digits/versions/3/infer",
        "faces/2": f"{BASE}/v2/models/faces/versions/2/infer",
    }
    assert found.grpc_target == "localhost:6789"
    assert found.swagger_uri is None


def test_with_an_entry_script_there_is_score_and_nothing_of_triton():
    for mode in Mode.SCORING, Mode.SCRIPT:
        found = endpoints(BASE, mode, MODELS)
        assert found.scoring_uri == f"{BASE}/score"
        assert found.health_uri == f"{BASE}/"
        assert found.swagger_uri == f"{BASE}/swagger.json"
        assert found.infer_uris == {}
        assert found.grpc_target is None


@pytest.mark.parametrize(
    ("base", "target"),
    [
        ("http://digits.team-a.svc", "digits.team-a.svc:80"),
        ("https://digits.example.com/api/v1/service/digits", "digits.example.com:443"),
        ("http://[2001:db8::7]", "[2001:db8::7]:80"),
    ],
)
def test_a_grpc_target_always_has_a_port_and_never_a_path(base: str, target: str):
    assert endpoints(base, Mode.DIRECT, MODELS).grpc_target == target
