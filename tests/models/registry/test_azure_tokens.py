"""What the name of a registry and a token tell by themselves."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts.azure_registry import jwt
from triton_serving.models.registry.azure_login import is_azure, is_over, life_of
from triton_serving.models.registry.docker_config import Credentials


@pytest.mark.parametrize(
    ("host", "azures"),
    [
        ("shop.azurecr.io", True),
        ("shop.azurecr.us:443", True),
        ("SHOP.azurecr.cn", True),
        ("models.example.com:8443", True),
        ("models.example.com", False),
        ("azurecr.io", False),
        ("shop.azurecr.io.example.com", False),
        ("shopazurecr.io", False),
        ("registry.example.com", False),
        ("", False),
    ],
)
def test_azures_registries_are_known_by_their_names(monkeypatch: pytest.MonkeyPatch, host: str, azures: bool) -> None:
    monkeypatch.setenv("TRITON_SERVING_AZURE_REGISTRIES", " Models.example.com:8443 ,")
    assert is_azure(host) is azures


@pytest.mark.parametrize(
    ("credentials", "over"),
    [
        (Credentials("x", identity_token=jwt({"exp": 1})), True),
        (Credentials("x", identity_token=jwt({"exp": 4e9})), False),
        (Credentials("x", user="00000000-0000-0000-0000-000000000000", password=jwt({"exp": 1})), True),
        (Credentials("x", user="me", password=jwt({"exp": 1})), False),
        (Credentials("x", identity_token="no.jwt"), False),  # noqa: S106
        (Credentials("x", identity_token=jwt({"exp": "1"})), False),
    ],
)
def test_only_a_token_says_when_it_is_over(credentials: Credentials, over: bool) -> None:
    assert is_over(credentials) is over


def test_a_life_is_told_by_the_servers_own_clock() -> None:
    assert life_of(jwt({"iat": 100, "exp": 160})) == 60
    assert life_of(jwt({"nbf": 100, "exp": 160})) == 60
    assert life_of(jwt({"exp": 160})) is None
    assert life_of(jwt({"iat": 160, "exp": 100})) is None
    assert life_of(jwt({"iat": 1, "exp": 10**400})) is None
    assert life_of(jwt({"iat": 1, "exp": float("nan")})) is None
    assert life_of("opaque") is None


@given(text=st.text() | st.binary().map(lambda content: f"a.{base64.urlsafe_b64encode(content).decode()}.b"))
def test_no_token_makes_the_reader_of_tokens_fail(text: str) -> None:
    assert life_of(text) is None or isinstance(life_of(text), float)
    assert is_over(Credentials("x", identity_token=text)) in (True, False)
