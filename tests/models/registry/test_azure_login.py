"""Azure's registries without a password: who is let in, for how long, and that nobody sees how."""

import json
import logging
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
from parts.azure_registry import AzureRegistry, jwt, push, remember
from parts.blobs import random_blob
from parts.docker_registry import DockerRegistry
from parts.fault_proxy import Answer, Seen
from parts.identity_endpoint import REGISTRIES, IdentityEndpoint
from parts.remote_registry import remote
from triton_serving import azure_identity
from triton_serving.models.check import check_directory
from triton_serving.models.publish import publish
from triton_serving.models.pull import pull
from triton_serving.models.registry import auth, azure_login
from triton_serving.models.registry.azure_login import AzureLogin
from triton_serving.models.registry.exchange import Waits
from triton_serving.models.registry.open import image_config, open_image, open_registry
from triton_serving.models.registry.used_secrets import UsedSecrets
from triton_serving.models.snapshot import snapshot
from triton_serving.models.work import Work
from triton_serving.rules.problems import UserError

MODELS = Path(__file__).parents[3] / "examples/digits/models"


def hidden(text: str, acr: AzureRegistry) -> None:
    assert [secret for secret in acr.secrets if secret in text] == []
    assert "entra." not in text


def test_a_push_and_a_read_need_no_password(acr: AzureRegistry, identity: IdentityEndpoint, quick: Waits) -> None:
    registry = remote(acr.url, quick)
    digest = push(registry)
    assert len(remote(acr.url, quick).blob("digits", digest)) == 1000
    assert identity.asked == [REGISTRIES]


def test_one_exchange_opens_every_repository_of_a_registry(acr: AzureRegistry, quick: Waits) -> None:
    registry = remote(acr.url, quick)
    push(registry)
    registry.put_blob("letters", random_blob(10), Work(), lambda _: None)
    registry.tags("letters")
    assert len(acr.front.asked("POST", "/oauth2/exchange")) == 1
    assert len(acr.front.asked("POST", "/oauth2/token")) == len(acr.access_tokens) == 3


def test_a_token_that_no_longer_counts_is_renewed_within_a_push(acr: AzureRegistry, quick: Waits) -> None:
    challenge = f'Bearer realm="{acr.url}/oauth2/token",service="{acr.host}",scope="repository:team/digits:pull,push"'
    acr.front.answers = [Answer("PUT", 401, headers={"WWW-Authenticate": challenge})]
    push(remote(acr.url, quick))
    assert len(acr.front.asked("POST", "/oauth2/exchange")) == 1


def test_a_refresh_token_that_ended_is_exchanged_anew_within_a_push(acr: AzureRegistry, quick: Waits) -> None:
    registry = remote(acr.url, quick)
    registry.tags("digits")
    acr.refresh_tokens = dict.fromkeys(acr.refresh_tokens, 0.0)
    push(registry)
    assert len(acr.front.asked("POST", "/oauth2/exchange")) == 2


def test_a_refresh_token_that_is_about_to_end_is_not_used(acr: AzureRegistry, quick: Waits) -> None:
    acr.refresh_life = 30
    registry = remote(acr.url, quick)
    push(registry)
    registry.tags("digits")
    assert len(acr.front.asked("POST", "/oauth2/exchange")) == len(acr.front.asked("POST", "/oauth2/token")) > 1


@pytest.mark.parametrize(("seconds", "tokens", "exchanges"), [(3600, 1, 1), (76 * 60, 2, 1), (4 * 3600, 2, 2)])
def test_tokens_are_used_for_as_long_as_they_say(acr, monkeypatch, quick: Waits, seconds, tokens, exchanges) -> None:
    registry = remote(acr.url, quick)
    registry.tags("digits")
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + seconds, time=time.time)
    for module in (auth, azure_login):
        monkeypatch.setattr(module, "time", later)
    registry.tags("digits")
    assert len(acr.front.asked("POST", "/oauth2/token")) == tokens
    assert len(acr.front.asked("POST", "/oauth2/exchange")) == exchanges


def test_a_registry_that_is_busy_at_the_exchange_is_asked_again(acr: AzureRegistry, quick: Waits) -> None:
    acr.front.answers = [
        Answer("POST /oauth2/exchange", 429, headers={"Retry-After": "0"}, times=2),
        Answer("POST /oauth2/token", 503),
    ]
    push(remote(acr.url, quick))


@pytest.mark.parametrize("by_itself", [True, False])
@pytest.mark.parametrize(
    ("rights", "role"), [({"pull"}, "may not write there.* needs the role AcrPush"), (set(), "needs the role AcrP")]
)
def test_a_missing_role_is_named(acr: AzureRegistry, quick: Waits, rights, role, by_itself) -> None:
    acr.rights, acr.says_no_itself = rights, by_itself
    with pytest.raises(UserError, match=role) as error:
        push(remote(acr.url, quick))
    assert "UNAUTHORIZED" in str(error.value)
    hidden(str(error.value), acr)


def test_reading_without_a_role_names_the_role_to_read(acr: AzureRegistry, quick: Waits) -> None:
    acr.rights = set()
    with pytest.raises(UserError, match=r"may not read there.* needs the role AcrPull"):
        remote(acr.url, quick).tags("digits")


def test_deleting_names_the_role_to_delete(acr: AzureRegistry, quick: Waits) -> None:
    acr.rights = {"pull", "push"}
    with pytest.raises(UserError, match=r"may not delete there.* needs the role AcrDelete"):
        remote(acr.url, quick).delete("digits", random_blob(1).digest)


def test_a_login_of_another_tenant_is_told(acr: AzureRegistry, identity: IdentityEndpoint, quick: Waits) -> None:
    identity.tenant = "99999999-0000-0000-0000-000000000000"
    with pytest.raises(UserError, match=r"does not know your login to Azure: UNAUTHORIZED.*az login --tenant"):
        push(remote(acr.url, quick))


@pytest.mark.parametrize("where", ["GET /v2/", "POST /oauth2/exchange", "POST /oauth2/token"])
def test_a_firewall_is_told_as_one(acr: AzureRegistry, quick: Waits, where: str) -> None:
    message = "client with IP '203.0.113.7' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."
    body = json.dumps({"errors": [{"code": "DENIED", "message": message}]}).encode()
    acr.front.answers = [Answer(where, 403, body, times=None)]
    with pytest.raises(UserError, match=r"its firewall does not let this machine in: .*203\.0\.113\.7.*network-rule"):
        remote(acr.url, quick).tags("digits")


def test_without_a_login_to_azure_the_ways_to_one_are_told(acr: AzureRegistry, monkeypatch, quick: Waits) -> None:
    monkeypatch.delenv("IDENTITY_ENDPOINT")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    with pytest.raises(UserError, match=r"asks for a login; .* no login to Azure was found.*`az login`") as error:
        push(remote(acr.url, quick))
    assert "\n" not in str(error.value)


def test_a_registry_that_anybody_may_read_needs_no_login_to_azure(acr: AzureRegistry, monkeypatch, quick) -> None:
    digest = push(remote(acr.url, quick))
    azure_identity.identity.cache_clear()
    monkeypatch.delenv("IDENTITY_ENDPOINT")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    acr.anonymous_pull = True
    assert len(remote(acr.url, quick).blob("digits", digest)) == 1000


def test_what_docker_knows_goes_before_the_login_to_azure(acr: AzureRegistry, own_docker_config, quick: Waits) -> None:
    push(remote(acr.url, quick))
    (token,) = acr.refresh_tokens
    remember(own_docker_config, acr.host, token)
    push(remote(acr.url, quick))
    assert len(acr.front.asked("POST", "/oauth2/exchange")) == 1


def test_what_az_acr_login_left_hours_ago_does_not_count(acr: AzureRegistry, own_docker_config, quick: Waits) -> None:
    remember(own_docker_config, acr.host, jwt({"exp": time.time() - 1}))
    push(remote(acr.url, quick))


def test_the_login_to_azure_goes_to_no_other_host(acr: AzureRegistry, quick: Waits) -> None:
    elsewhere = f'Bearer realm="http://localhost:1/oauth2/token",service="{acr.host}",scope="repository:a:pull"'
    acr.front.answers = [Answer("GET /v2/", 401, headers={"WWW-Authenticate": elsewhere})]
    with pytest.raises(UserError, match=r"sends logins on to 'http://localhost:1/oauth2/token'.* is not sent there"):
        remote(acr.url, quick).tags("digits")


def test_the_login_to_azure_does_not_follow_a_redirect(acr: AzureRegistry, quick: Waits) -> None:
    acr.front.answers = [Answer("POST /oauth2/exchange", 307, headers={"Location": "http://127.0.0.1:1/"})]
    with pytest.raises(UserError, match="does not exchange your login to Azure: HTTP 307"):
        remote(acr.url, quick).tags("digits")


def test_registries_that_are_not_azures_get_no_login_to_azure(
    identity: IdentityEndpoint, acr: AzureRegistry, monkeypatch, quick: Waits
) -> None:
    monkeypatch.setenv("TRITON_SERVING_AZURE_REGISTRIES", "127.0.0.1:1, other.example.com")
    with pytest.raises(UserError, match="run `docker login"):
        remote(acr.url, quick).tags("digits")
    assert identity.asked == []


@pytest.mark.usefixtures("identity")
def test_without_tls_the_login_to_azure_is_sent_nowhere_but_to_this_machine() -> None:
    def send(*_: object) -> None:
        raise AssertionError("sent")

    login = AzureLogin("http://shop.azurecr.io", "shop.azurecr.io", send, UsedSecrets())
    with pytest.raises(UserError, match="is not sent without TLS"):
        login.credentials("shop.azurecr.io")


@pytest.mark.parametrize("where", ["POST /oauth2/exchange", "POST /oauth2/token", "GET /v2/"])
@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_no_token_shows_when_a_server_repeats_it(acr: AzureRegistry, identity, quick, caplog, where, status) -> None:
    caplog.set_level(logging.DEBUG)
    usual = acr.front.own

    def repeating(seen: Seen) -> Answer | None:
        sent = [text for values in parse_qs(seen.body.decode()).values() for text in values]
        sent += seen.headers.get_all("Authorization", [])
        if not sent or not f"{seen.method} {seen.path}".startswith(where):
            return usual(seen)
        return Answer("", status, json.dumps({"errors": [{"code": "NO", "message": " ".join(sent)}]}).encode())

    acr.front.own = repeating
    with pytest.raises(UserError) as error:
        remote(acr.url, quick).tags("digits")
    secrets = [secret for secret in (*identity.secrets, *acr.secrets) if secret in str(error.value) + caplog.text]
    assert secrets == []
    assert "NO" in str(error.value) or status in (400, 401)


def test_a_model_is_published_and_comes_back_without_a_password(acr: AzureRegistry, tmp_path: Path) -> None:
    check = check_directory(MODELS)
    _, image = snapshot(check, Work())
    home = open_registry(f"{acr.url}/team")
    reference = home.reference("digits", publish(home, "digits", image, "0a1b2c3d", 0, Work()).digest)
    assert image_config(reference) is not None
    registry, name, digest = open_image(reference)
    (tmp_path / "back").mkdir()
    pull(registry, name, digest, tmp_path / "back", Work())
    back = {path.name for path in (tmp_path / "back").rglob("config.pbtxt")}
    assert back == {"config.pbtxt"}


def test_who_has_no_registry_of_azures_imports_nothing_of_azure(docker_registry: DockerRegistry) -> None:
    program = (
        "import sys; from triton_serving.models.registry.open import open_registry\n"
        f"open_registry({docker_registry.url!r} + '/team').tags('digits')\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('azure', 'msal', 'requests', 'cryptography')])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
