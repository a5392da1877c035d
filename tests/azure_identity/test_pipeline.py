"""The login of a pipeline: by its host's token, a file or a secret."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.fault_proxy import Answer, FaultProxy
from parts.identity_endpoint import MANAGER
from triton_serving.azure_identity import NotSignedIn, identity
from triton_serving.azure_identity.pipeline import assertion_of, pipeline_credential
from triton_serving.rules.problems import UserError

SCOPE = f"{MANAGER}/.default"
pytestmark = pytest.mark.usefixtures("nobody_signed_in")


PIPELINE = {"ARM_TENANT_ID": "the-tenant", "ARM_CLIENT_ID": "the-client"}


@pytest.fixture
def hosts_tokens() -> Iterator[FaultProxy]:
    """What a pipeline's host answers, as GitHub's does."""
    with FaultProxy() as host:
        yield host


def test_a_pipelines_assertion_is_asked_for_anew_each_time(hosts_tokens: FaultProxy) -> None:
    host = f"{hosts_tokens.url}/token?api-version=2.0"
    oidc = {"ARM_USE_OIDC": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": host, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "pass-word"}
    hosts_tokens.answers = [Answer("GET", 200, b'{"value": "first"}'), Answer("GET", 200, b'{"value": "second"}')]
    ask = assertion_of(oidc)
    assert ask is not None
    assert [ask(), ask()] == ["first", "second"]
    (seen, _) = hosts_tokens.seen
    assert seen.path == "/token?api-version=2.0&audience=api://AzureADTokenExchange"
    assert seen.headers["Authorization"] == "Bearer pass-word"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer("GET", 403, b"pass-word"), "id-token: write"),
        (Answer("GET", 200, b"pass-word"), "gives no OIDC token"),
        (Answer("GET", 200, b'["pass-word"]'), "gives no OIDC token"),
    ],
)
def test_a_host_that_gives_no_assertion_is_told(hosts_tokens: FaultProxy, monkeypatch, answer, says: str) -> None:
    hosts_tokens.answers = [answer]
    oidc = {"ARM_USE_OIDC": "1", "ARM_OIDC_REQUEST_URL": hosts_tokens.url, "ARM_OIDC_REQUEST_TOKEN": "pass-word"}
    for name, value in (PIPELINE | oidc).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(NotSignedIn, match=rf"the login to Azure by the pipeline's OIDC token fails: .*{says}") as error:
        identity().token(SCOPE)
    assert "pass-word" not in str(error.value)


def test_an_assertions_file_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    ask = assertion_of({"ARM_OIDC_TOKEN_FILE_PATH": str(file)})
    assert ask is not None
    with pytest.raises(UserError, match=r"ARM_OIDC_TOKEN_FILE_PATH: .* cannot be read"):
        ask()
    file.write_text("one\n")
    assert ask() == "one"


def test_an_assertion_is_not_asked_for_without_tls() -> None:
    oidc = {"ARM_USE_OIDC": "true", "ARM_OIDC_REQUEST_URL": "http://example.com/t", "ARM_OIDC_REQUEST_TOKEN": "x"}
    ask = assertion_of(oidc)
    assert ask is not None
    with pytest.raises(UserError, match="must begin with https://"):
        ask()


@pytest.mark.parametrize(
    ("variables", "kind"),
    [
        ({"ARM_OIDC_TOKEN": "x", "ARM_CLIENT_SECRET": "y"}, "ClientAssertionCredential"),
        ({"ARM_CLIENT_SECRET": "y"}, "ClientSecretCredential"),
        ({"ARM_USE_OIDC": "true"}, "NoneType"),
        ({"ARM_OIDC_REQUEST_URL": "https://x", "ARM_OIDC_REQUEST_TOKEN": "x"}, "NoneType"),
        ({"ARM_OIDC_TOKEN": "x", "ARM_TENANT_ID": ""}, "NoneType"),
    ],
)
def test_a_pipeline_signs_in_as_who_makes_the_cluster(variables: dict[str, str], kind: str) -> None:
    credential = pipeline_credential(PIPELINE | variables, "login.microsoftonline.com")
    assert type(credential).__name__ == kind
