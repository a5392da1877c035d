"""Azure's registries without a password: who is let in, for how long, and that nobody sees how."""

import base64
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts.azure_registry import AzureRegistry
from parts.blobs import random_blob
from parts.certificates import Certificates
from parts.docker_registry import DockerRegistry
from parts.fault_proxy import Answer, Seen
from parts.identity_endpoint import REGISTRIES, IdentityEndpoint
from triton_serving import azure_identity
from triton_serving.models.check import check_directory
from triton_serving.models.publish import publish
from triton_serving.models.pull import pull
from triton_serving.models.registry import auth, azure_login
from triton_serving.models.registry.azure_login import AzureLogin, is_azure, is_over, life_of
from triton_serving.models.registry.docker_config import Credentials
from triton_serving.models.registry.exchange import Waits
from triton_serving.models.registry.location import RemoteLocation, read_location
from triton_serving.models.registry.new_roles import RolePatience
from triton_serving.models.registry.open import image_config, open_image, open_registry
from triton_serving.models.registry.remote import RemoteRegistry
from triton_serving.models.registry.used_secrets import UsedSecrets
from triton_serving.models.snapshot import snapshot
from triton_serving.models.work import Stopped, Work
from triton_serving.rules.problems import UserError

MODELS = Path(__file__).parents[3] / "examples/digits/models"
OF_AZURE = ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID", "IDENTITY_ENDPOINT", "IDENTITY_HEADER")


@pytest.fixture(autouse=True)
def nobody_signed_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for variable in OF_AZURE:
        monkeypatch.delenv(variable, raising=False)
    azure_identity.identity.cache_clear()
    yield
    azure_identity.identity.cache_clear()


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityEndpoint]:
    with IdentityEndpoint() as endpoint:
        for name, value in endpoint.environment().items():
            monkeypatch.setenv(name, value)
        yield endpoint


@pytest.fixture
def acr(
    identity: IdentityEndpoint, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AzureRegistry]:
    with AzureRegistry(tmp_path / "acr", identity, certificates) as registry:
        for name, value in registry.environment().items():
            monkeypatch.setenv(name, value)
        yield registry


def remote(url: str, waits: Waits) -> RemoteRegistry:
    location = read_location(f"{url}/team")
    assert isinstance(location, RemoteLocation)
    return RemoteRegistry(location, waits=waits)


def push(registry: RemoteRegistry) -> str:
    blob = random_blob(1000)
    registry.put_blob("digits", blob, Work(), lambda _: None)
    return blob.digest


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


class Owner:
    """Gives the role as soon as somebody waits for it, and is told of that."""

    def __init__(self, acr: AzureRegistry, gives: set[str], after: int = 1) -> None:
        self.acr, self.gives, self.after = acr, gives, after
        self.told: list[str] = []

    def say(self, text: str) -> None:
        self.told.append(text)
        if len(self.told) == self.after:
            self.acr.rights = self.gives


def awaiting(acr: AzureRegistry, waits: Waits, work: Work, longest: float = 60) -> RemoteRegistry:
    location = read_location(f"{acr.url}/team")
    assert isinstance(location, RemoteLocation)
    return RemoteRegistry(location, work, waits, RolePatience(work, longest, pause=0.01))


@pytest.mark.parametrize("by_itself", [True, False])
@pytest.mark.parametrize("rights", [set(), {"pull"}], ids=["nothing yet", "may read"])
def test_a_role_that_was_just_given_is_waited_for(acr: AzureRegistry, quick: Waits, rights, by_itself) -> None:
    acr.rights, acr.says_no_itself = rights, by_itself
    owner = Owner(acr, {"pull", "push"}, after=3)
    registry = awaiting(acr, quick, Work(owner.say))
    content = snapshot(check_directory(MODELS), Work())[1]
    assert publish(registry, "digits", content, "0a1b2c3d", 0, Work()).version == 1
    assert all("a new role takes Azure some minutes" in text for text in owner.told)
    doing = "write" if rights else "read"
    assert owner.told[0].startswith(f"{acr.host}: your login may not {doing} there yet")


def test_who_is_not_known_there_at_all_may_be_so_soon(acr: AzureRegistry, quick: Waits) -> None:
    acr.front.answers = [Answer("POST /oauth2/exchange", 401, times=2)]
    owner = Owner(acr, acr.rights)
    push(awaiting(acr, quick, Work(owner.say)))
    assert [text.partition(" yet")[0] for text in owner.told] == [f"{acr.host}: your login may not enter there"] * 2


def test_a_token_from_before_the_role_counted_is_not_used_again(acr: AzureRegistry, quick: Waits) -> None:
    denied = json.dumps({"errors": [{"code": "DENIED", "message": "requested access to the resource is denied"}]})
    registry = awaiting(acr, quick, Work())
    push(registry)
    acr.front.answers = [Answer("POST", 403, denied.encode(), {"Content-Type": "application/json"})]
    push(registry)
    assert len(acr.access_tokens) == len(acr.front.asked("POST", "/oauth2/exchange")) == 2


def test_a_role_that_never_comes_is_named_at_last(acr: AzureRegistry, quick: Waits) -> None:
    acr.rights = {"pull"}
    owner = Owner(acr, {"pull"})
    with pytest.raises(UserError, match=r"may not write there.* needs the role AcrPush"):
        push(awaiting(acr, quick, Work(owner.say), longest=0.2))
    assert owner.told


def test_who_waits_for_a_role_may_stop(acr: AzureRegistry, quick: Waits) -> None:
    acr.rights = {"pull"}
    stop = threading.Event()
    with pytest.raises(Stopped):
        push(awaiting(acr, quick, Work(lambda _: stop.set(), stop)))


def test_only_a_login_to_azure_waits_for_a_role(acr: AzureRegistry, own_docker_config: Path, quick: Waits) -> None:
    remember(own_docker_config, acr.host, jwt({"exp": time.time() + 3600}))
    told: list[str] = []
    with pytest.raises(UserError):
        push(awaiting(acr, quick, Work(told.append)))
    assert told == []


def test_a_firewall_is_not_waited_for(acr: AzureRegistry, quick: Waits) -> None:
    denied = json.dumps({"errors": [{"code": "DENIED", "message": "client with IP '1.2.3.4' is not allowed access"}]})
    acr.front.answers = [Answer("POST", 403, denied.encode(), {"Content-Type": "application/json"})]
    told: list[str] = []
    with pytest.raises(UserError, match="firewall"):
        push(awaiting(acr, quick, Work(told.append)))
    assert told == []


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


def hidden(text: str, acr: AzureRegistry) -> None:
    assert [secret for secret in acr.secrets if secret in text] == []
    assert "entra." not in text


def remember(folder: Path, host: str, token: str) -> None:
    login = base64.b64encode(b"00000000-0000-0000-0000-000000000000:").decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": login, "identitytoken": token}}}))


def jwt(claims: dict[str, object]) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"


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
