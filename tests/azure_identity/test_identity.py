"""Tokens of whoever is signed in: kept while they are good, and told in a sentence when there are none."""

import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts.identity_endpoint import MANAGER, IdentityEndpoint
from triton_serving import azure_identity
from triton_serving.azure_identity import Identity, NotSignedIn

SCOPE = f"{MANAGER}/.default"
pytestmark = pytest.mark.usefixtures("nobody_signed_in")


def install_az(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "az").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "az").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")


def test_a_managed_identity_is_asked_once_for_a_scope(identity: IdentityEndpoint) -> None:
    token = azure_identity.identity().token(SCOPE)
    assert identity.knows(token, MANAGER)
    threads = [threading.Thread(target=azure_identity.identity().token, args=(SCOPE,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert identity.asked == [MANAGER]


def test_who_is_signed_in_with_az_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the answer of the real program, as azure-identity reads it."""
    answer = '{"accessToken": "of-az", "expires_on": 4102444800, "tenant": "t", "tokenType": "Bearer"}'
    install_az(tmp_path / "bin", monkeypatch, f"test \"$1\" = account || exit 1; echo '{answer}'")
    assert azure_identity.identity().token(SCOPE) == "of-az"


def test_a_login_with_az_that_is_over_is_told_in_azures_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = "ERROR: AADSTS70043: The refresh token has expired. Trace ID: 1234 Correlation ID: 5678"
    install_az(tmp_path / "bin", monkeypatch, f"echo '{words}' >&2; exit 1")
    with pytest.raises(NotSignedIn, match=r"AADSTS70043: The refresh token has expired\..*`az login`") as error:
        azure_identity.identity().token(SCOPE)
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
        azure_identity.identity().token(SCOPE)
    assert words[:100] in str(error.value)
    assert "tenant of the subscription, by `az login --tenant …` or with ARM_TENANT_ID" in str(error.value)


def test_without_any_login_what_was_tried_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install_az(tmp_path / "bin", monkeypatch, "echo \"Please run 'az login' to setup account.\" >&2; exit 1")
    with pytest.raises(NotSignedIn, match=r"no login to Azure was found \(looked for az\); sign in with `az login`"):
        azure_identity.identity().token(SCOPE)


def test_a_login_that_fails_is_told_and_its_secret_is_not(identity, monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:1/{identity.header}")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    with pytest.raises(NotSignedIn) as error:
        azure_identity.identity().token(SCOPE)
    assert "managed identity" in str(error.value)
    assert "`az login`" in str(error.value)
    assert identity.header not in str(error.value)


def test_a_half_configured_pipeline_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    monkeypatch.setenv("AZURE_CLIENT_ID", "x")
    with pytest.raises(NotSignedIn, match="looked for the environment's variables"):
        azure_identity.identity().token(SCOPE)


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


@pytest.mark.parametrize("variable", ["ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET", "IDENTITY_HEADER", "ARM_OIDC_TOKEN"])
def test_no_secret_of_the_environment_shows_when_a_login_repeats_it(monkeypatch, variable: str) -> None:
    monkeypatch.setenv(variable, "pass-word")
    for said in (
        "pass-word",
        "Attempted credentials:\n\tEnvironmentCredential: pass-word is wrong",
        "Attempted credentials:\n\tEnvironmentCredential: AADSTS7000215: Invalid client secret pass-word provided.",
    ):
        assert "pass-word" not in azure_identity._told(said, 3)
