"""Tokens of whoever is signed in: kept while they are good, and told in a sentence when there are none."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts.fault_proxy import Answer, FaultProxy
from parts.identity_endpoint import MANAGER, IdentityEndpoint
from triton_serving import azure_identity
from triton_serving.azure_identity import Identity, NotSignedIn, identity
from triton_serving.azure_identity.pipeline import assertion_of, pipeline_credential
from triton_serving.rules.problems import UserError

SCOPE = f"{MANAGER}/.default"


@pytest.fixture(autouse=True)
def nobody_signed_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for variable in [name for name in os.environ if name.startswith(("AZURE_", "ARM_", "ACTIONS_", "IDENTITY_"))]:
        monkeypatch.delenv(variable)
    identity.cache_clear()
    yield
    identity.cache_clear()


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityEndpoint]:
    with IdentityEndpoint() as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


def install_az(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "az").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "az").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")


def test_a_managed_identity_is_asked_once_for_a_scope(endpoint: IdentityEndpoint) -> None:
    token = identity().token(SCOPE)
    assert endpoint.knows(token, MANAGER)
    threads = [threading.Thread(target=identity().token, args=(SCOPE,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert endpoint.asked == [MANAGER]


def test_who_is_signed_in_with_az_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the answer of the real program, as azure-identity reads it."""
    answer = '{"accessToken": "of-az", "expires_on": 4102444800, "tenant": "t", "tokenType": "Bearer"}'
    install_az(tmp_path / "bin", monkeypatch, f"test \"$1\" = account || exit 1; echo '{answer}'")
    assert identity().token(SCOPE) == "of-az"


def test_a_login_with_az_that_is_over_is_told_in_azures_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = "ERROR: AADSTS70043: The refresh token has expired. Trace ID: 1234 Correlation ID: 5678"
    install_az(tmp_path / "bin", monkeypatch, f"echo '{words}' >&2; exit 1")
    with pytest.raises(NotSignedIn, match=r"AADSTS70043: The refresh token has expired\..*`az login`") as error:
        identity().token(SCOPE)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "words",
    [
        "AADSTS50020: User account 'me' from identity provider 'live.com' does not exist in tenant 'Shop'.",
        "AADSTS90002: Tenant 'shop' not found.",
        "AADSTS700016: Application with identifier 'x' was not found in the directory 'Shop'.",
        "AADSTS900023: Specified tenant identifier 'shop' is neither a valid DNS name, nor a valid external domain.",
    ],
)
def test_a_login_of_another_tenant_is_told_with_azures_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: str
) -> None:
    install_az(tmp_path / "bin", monkeypatch, f'echo "ERROR: {words} Trace ID: 1234" >&2; exit 1')
    with pytest.raises(NotSignedIn) as error:
        identity().token(SCOPE)
    assert words[:100] in str(error.value)
    assert "tenant of the subscription, by `az login --tenant …` or with ARM_TENANT_ID" in str(error.value)


def test_without_any_login_what_was_tried_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install_az(tmp_path / "bin", monkeypatch, "echo \"Please run 'az login' to setup account.\" >&2; exit 1")
    with pytest.raises(NotSignedIn, match=r"no login to Azure was found \(looked for az\); sign in with `az login`"):
        identity().token(SCOPE)


def test_a_login_that_fails_is_told_and_its_secret_is_not(endpoint, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:1/{endpoint.header}")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    with pytest.raises(NotSignedIn) as error:
        identity().token(SCOPE)
    assert "managed identity" in str(error.value)
    assert "`az login`" in str(error.value)
    assert endpoint.header not in str(error.value)


def test_a_half_configured_pipeline_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    monkeypatch.setenv("AZURE_CLIENT_ID", "x")
    with pytest.raises(NotSignedIn, match="looked for the environment's variables"):
        identity().token(SCOPE)


class Counting:
    """A credential that hands out numbered tokens with a life, or fails."""

    def __init__(self, life: float | None) -> None:
        self.credentials = [self]
        self.life = life
        self.asked = 0

    def get_token(self, scope: str) -> Any:
        self.asked += 1
        if self.life is None:
            raise RuntimeError("no way")
        return SimpleNamespace(token=f"{scope} {self.asked}", expires_on=time.time() + self.life)


def test_a_token_that_is_about_to_end_is_not_given_again() -> None:
    short = Counting(azure_identity.MARGIN - 1)
    made = Identity(lambda: short)
    assert [made.token("a"), made.token("a")] == ["a 1", "a 2"]


def test_each_scope_has_a_token_of_its_own() -> None:
    made = Identity(lambda: counting)
    counting = Counting(3600)
    assert [made.token("a"), made.token("b"), made.token("a")] == ["a 1", "b 2", "a 1"]


def test_who_asks_in_vain_does_not_ask_again_at_once() -> None:
    nobody = Counting(None)
    made = Identity(lambda: nobody)
    for _ in range(3):
        with pytest.raises(NotSignedIn, match="no login to Azure: no way; sign in"):
            made.token("a")
    assert nobody.asked == 1


@given(said=st.text(), ways=st.integers(0, 9))
def test_whatever_is_said_becomes_one_bounded_line(said: str, ways: int) -> None:
    told = azure_identity._told(said, ways)
    assert told.isprintable()
    assert len(told) < 700


def test_without_the_extra_it_is_named_and_everything_else_imports() -> None:
    program = (
        "import sys; sys.modules['azure'] = sys.modules['azure.identity'] = None\n"
        "from triton_serving.azure_identity import identity\n"
        "try: identity().token('x')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("NotSignedIn signing in to Azure needs the package azure-identity")
    assert "pip install 'triton-serving[azure]'" in ran.stdout


def test_nothing_is_said_on_standard_error() -> None:
    program = "from triton_serving.azure_identity import identity\ntry: identity().token('x')\nexcept Exception: pass"
    environment = {**os.environ, "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert ran.stderr == ran.stdout == ""


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


@pytest.mark.parametrize("variable", ["ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET", "IDENTITY_HEADER", "ARM_OIDC_TOKEN"])
def test_no_secret_of_the_environment_shows_when_a_login_repeats_it(monkeypatch, variable: str) -> None:
    monkeypatch.setenv(variable, "pass-word")
    for said in (
        "pass-word",
        "Attempted credentials:\n\tEnvironmentCredential: pass-word is wrong",
        "Attempted credentials:\n\tEnvironmentCredential: AADSTS7000215: Invalid client secret pass-word provided.",
    ):
        assert "pass-word" not in azure_identity._told(said, 3)
