"""Logins: where they come from, how registries take them, and that nobody sees them."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from parts.blobs import random_blob
from parts.certificates import Certificates
from parts.docker_registry import DockerRegistry
from parts.fault_proxy import Answer, FaultProxy
from parts.remote_registry import remote
from parts.token_server import IDENTITY, PASSWORD, USER, TokenServer
from triton_serving.models.registry.auth import Challenge, read_challenge
from triton_serving.models.registry.exchange import Waits
from triton_serving.models.registry.remote import RemoteRegistry
from triton_serving.models.work import Work
from triton_serving.rules.problems import UserError

HTPASSWD = "me:$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\n"
"""bcrypt of PASSWORD"""
WRONG = "wrong-secret"
Configure = Callable[[object], None]


@pytest.fixture
def configure(own_docker_config: Path) -> Configure:
    def write(content: object) -> None:
        (own_docker_config / "config.json").write_text(json.dumps(content))

    return write


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a credential helper called `docker-credential-test` on PATH: a shell script."""

    def install(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        program = folder / "docker-credential-test"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return install


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[DockerRegistry]:
    """A registry that knows one user and password."""
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    settings = {"AUTH_HTPASSWD_REALM": "tests", "AUTH_HTPASSWD_PATH": str(tmp_path / "htpasswd")}
    with DockerRegistry(tmp_path / "guarded", settings=settings) as registry:
        yield registry


@pytest.fixture
def tokens(certificates: Certificates) -> Iterator[TokenServer]:
    with TokenServer(certificates) as server:
        yield server


@pytest.fixture
def token_registry(tokens: TokenServer, tmp_path: Path) -> Iterator[DockerRegistry]:
    with DockerRegistry(tmp_path / "guarded", settings=tokens.registry_settings()) as registry:
        yield registry


def push(registry: RemoteRegistry) -> None:
    blob = random_blob(1000)
    registry.put_blob("digits", blob, Work(), lambda _: None)
    assert registry.has_blob("digits", blob.digest, blob.size)


def basic(user: str = USER, password: str = PASSWORD) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize("key", ["{host}", "https://{host}", "https://{host}/v1/"])
def test_a_password_of_docker_login_is_used(guarded: DockerRegistry, configure: Configure, quick: Waits, key) -> None:
    configure({"auths": {key.format(host=guarded.host): basic(), "127.0.0.1:1": basic("other", "x")}})
    push(remote(guarded.url, quick))


def test_without_a_login_the_way_to_one_is_told(guarded: DockerRegistry, quick: Waits) -> None:
    with pytest.raises(UserError, match=f"has none for it; run `docker login {guarded.host}`"):
        remote(guarded.url, quick).tags("digits")


def test_a_wrong_password_is_told_without_showing_it(guarded, configure: Configure, quick: Waits) -> None:
    configure({"auths": {guarded.host: basic(USER, WRONG)}})
    with pytest.raises(
        UserError, match=rf"refuses the login of user 'me' from .*config.json; run `docker login {guarded.host}`"
    ) as error:
        push(remote(guarded.url, quick))
    assert WRONG not in str(error.value)
    assert basic(USER, WRONG)["auth"] not in str(error.value)


@pytest.mark.parametrize("way", ["credHelpers", "credsStore"])
def test_a_credential_helper_is_asked_with_the_host_on_stdin(guarded, configure, helper, quick: Waits, way) -> None:
    configure({way: {guarded.host: "test"} if way == "credHelpers" else "test", "auths": {guarded.host: {}}})
    helper(
        f'test "$1" = get || exit 1; read -r host; test "$host" = "{guarded.host}" || exit 1\n'
        f"""echo '{{"ServerURL": "x", "Username": "{USER}", "Secret": "{PASSWORD}"}}'"""
    )
    push(remote(guarded.url, quick))


def test_a_helper_that_knows_no_login_counts_as_none(guarded, configure, helper, quick: Waits) -> None:
    configure({"credsStore": "test"})
    helper("echo 'credentials not found in native keychain'; exit 1")
    with pytest.raises(UserError, match="has none for it; run `docker login"):
        remote(guarded.url, quick).tags("digits")


@pytest.mark.parametrize("script", ["exit 3", "echo nonsense", "echo '[]'", "echo '{}'", "echo my-secret >&2; exit 1"])
def test_a_broken_helper_is_named_and_what_it_said_is_not(guarded, configure, helper, quick: Waits, script) -> None:
    configure({"credsStore": "test"})
    helper(script)
    with pytest.raises(UserError, match=r"docker-credential-test: ") as error:
        remote(guarded.url, quick).tags("digits")
    assert "my-secret" not in str(error.value)


def test_a_helper_that_is_not_installed_is_named(guarded, configure, quick: Waits) -> None:
    configure({"credsStore": "not-there"})
    with pytest.raises(UserError, match=r"docker-credential-not-there: .* not on PATH"):
        remote(guarded.url, quick).tags("digits")


@pytest.mark.parametrize("content", [[], {"auths": [1]}, {"auths": {"HOST": 1}}, {"auths": {"HOST": {"auth": "%%"}}}])
def test_a_damaged_docker_configuration_is_told(guarded, own_docker_config, quick: Waits, content) -> None:
    text = json.dumps(content).replace("HOST", guarded.host)
    (own_docker_config / "config.json").write_text(text)
    with pytest.raises(UserError, match=r"config.json: "):
        remote(guarded.url, quick).tags("digits")


def test_a_token_is_got_with_the_password_and_used_again(token_registry, tokens, configure, quick: Waits) -> None:
    configure({"auths": {token_registry.host: basic()}})
    registry = remote(token_registry.url, quick)
    push(registry)
    push(registry)
    scopes = [asked["scope"].rpartition(":") for asked in tokens.asked]
    assert [(name, set(actions.split(","))) for name, _, actions in scopes] == [
        ("repository:team/digits", {"pull", "push"}),
        ("repository:team/digits", {"pull"}),
    ]


def test_a_token_is_got_with_the_identity_that_a_cloud_login_left(token_registry, tokens, configure, quick) -> None:
    zero = "00000000-0000-0000-0000-000000000000"
    configure({"auths": {token_registry.host: {**basic(zero, ""), "identitytoken": IDENTITY}}})
    push(remote(token_registry.url, quick))
    assert tokens.asked[0]["grant_type"] == "refresh_token"


def test_a_helpers_identity_token_is_used_as_one(token_registry, tokens, configure, helper, quick: Waits) -> None:
    configure({"credHelpers": {token_registry.host: "test"}})
    helper(f"""echo '{{"Username": "<token>", "Secret": "{IDENTITY}"}}'""")
    push(remote(token_registry.url, quick))
    assert tokens.asked[0]["grant_type"] == "refresh_token"


def test_a_wrong_password_at_the_token_server_is_told(token_registry, configure, quick: Waits) -> None:
    configure({"auths": {token_registry.host: basic(USER, WRONG)}})
    with pytest.raises(UserError, match=r"refuses the login of user 'me'") as error:
        push(remote(token_registry.url, quick))
    assert WRONG not in str(error.value)


def test_a_token_that_no_longer_counts_is_renewed_within_an_upload(token_registry, tokens, configure, quick) -> None:
    configure({"auths": {token_registry.host: basic()}})
    with FaultProxy(token_registry.url) as proxy:
        configure({"auths": {proxy.host: basic()}})
        challenge = f'Bearer realm="{tokens.realm}",service="test-registry",scope="repository:team/digits:pull,push"'
        proxy.answers = [Answer("PUT", 401, headers={"WWW-Authenticate": challenge})]
        push(remote(proxy.url, quick))
    assert len(tokens.asked) == 3


def test_a_registry_that_repeats_the_password_does_not_spread_it(guarded, configure, quick: Waits) -> None:
    with FaultProxy(guarded.url) as proxy:
        configure({"auths": {proxy.host: basic()}})
        body = json.dumps({"errors": [{"code": "DENIED", "message": f"{USER}:{PASSWORD} may not"}]}).encode()
        proxy.answers = [
            Answer("POST", 401, headers={"WWW-Authenticate": "Basic realm=x"}),
            Answer("POST", 403, body, times=None),
        ]
        with pytest.raises(UserError, match=r"me:\*\*\* may not"):
            push(remote(proxy.url, quick))


def test_logins_are_not_sent_to_a_token_server_without_tls(
    configure: Configure, certificates, tmp_path, monkeypatch, quick
) -> None:
    settings = {
        "HTTP_TLS_CERTIFICATE": str(certificates.certificate),
        "HTTP_TLS_KEY": str(certificates.key),
        "AUTH_TOKEN_REALM": "http://127.0.0.1:1/token",
        "AUTH_TOKEN_SERVICE": "x",
        "AUTH_TOKEN_ISSUER": "x",
        "AUTH_TOKEN_ROOTCERTBUNDLE": str(certificates.authority),
    }
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    with DockerRegistry(tmp_path / "r", settings=settings) as registry:
        configure({"auths": {registry.host: basic()}})
        with pytest.raises(UserError, match=r"not an https address; credentials are not sent there"):
            remote(registry.host, quick).tags("digits")


def test_a_private_certificate_authority_is_trusted_when_named(certificates, tmp_path, monkeypatch, quick) -> None:
    settings = {"HTTP_TLS_CERTIFICATE": str(certificates.certificate), "HTTP_TLS_KEY": str(certificates.key)}
    with DockerRegistry(tmp_path / "r", settings=settings) as registry:
        with pytest.raises(UserError, match=r"no trusted TLS connection: .*SSL_CERT_FILE"):
            remote(registry.host, quick).tags("digits")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
        push(remote(registry.host, quick))


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        ('Basic realm="a b"', Challenge("basic", "a b", "", "")),
        (
            'Bearer realm="https://x/token",service="x",scope="repository:a/b:pull,push"',
            Challenge("bearer", "https://x/token", "x", "repository:a/b:pull,push"),
        ),
        ('Basic realm="x", Bearer realm="https://x/t"', Challenge("bearer", "https://x/t", "", "")),
        ("bearer REALM=https://x/t , service=y", Challenge("bearer", "https://x/t", "y", "")),
        ("Negotiate", None),
        ("", None),
    ],
)
def test_challenges_are_read_in_their_forms(header: str, challenge: Challenge | None) -> None:
    assert read_challenge(header) == challenge
