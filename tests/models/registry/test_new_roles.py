"""Azure lets a role count after minutes: whoever just got one is waited for, and nobody else."""

import json
import threading
import time
from pathlib import Path

import pytest
from parts.azure_registry import AzureRegistry, jwt, push, remember
from parts.fault_proxy import Answer
from parts.remote_registry import remote
from triton_serving.models.check import check_directory
from triton_serving.models.publish import publish
from triton_serving.models.registry.exchange import Waits
from triton_serving.models.registry.new_roles import RolePatience
from triton_serving.models.registry.remote import RemoteRegistry
from triton_serving.models.snapshot import snapshot
from triton_serving.models.work import Stopped, Work
from triton_serving.rules.problems import UserError

MODELS = Path(__file__).parents[3] / "examples/digits/models"


class Owner:
    """Gives the role as soon as somebody waits for it, and is told of that."""

    def __init__(self, acr: AzureRegistry, gives: set[str], after: int = 1) -> None:
        self.acr, self.gives, self.after = acr, gives, after
        self.told: list[str] = []

    def say(self, text: str) -> None:
        self.told.append(text)
        if len(self.told) >= self.after:
            self.acr.rights = self.gives


def awaiting(acr: AzureRegistry, waits: Waits, work: Work, longest: float = 60) -> RemoteRegistry:
    return remote(acr.url, waits, work=work, roles=RolePatience(work, longest, pause=0.01))


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
