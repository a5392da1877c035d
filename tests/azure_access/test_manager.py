"""Questions to Azure Resource Manager: whole, patient, and told in Azure's own words."""

import logging

import pytest
from parts.azure_manager import SUBSCRIPTION, AzureManager, Fault
from parts.identity_endpoint import MANAGER, IdentityEndpoint
from triton_serving.azure_access.answers import HERE, NAMESPACES, Question, Rights, WrongSubscription, ask
from triton_serving.azure_access.manager import Manager
from triton_serving.azure_access.refused import Refused
from triton_serving.models.registry.exchange import Waits
from triton_serving.models.work import Stopped, Work
from triton_serving.rules.problems import UserError

QUICK = Waits(connect=30, answer=30, first_pause=0.01, longest_pause=2, tries=3, patience=60)
SKUS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/skus"
WHERE = {"$filter": "location eq 'westeurope'"}
pytestmark = pytest.mark.usefixtures("nobody_signed_in")


def manager(work: Work | None = None) -> Manager:
    return Manager(work or Work(), QUICK)


def skus(asked: Manager) -> list[str]:
    return [item["name"] for item in asked.items(SKUS, "2021-07-01", "list the sizes", **WHERE)]


def test_a_list_comes_whole_however_many_pages_it_has(azure: AzureManager, identity: IdentityEndpoint) -> None:
    assert skus(manager()) == [one["name"] for one in azure.sizes]
    assert len(azure.asked) == 3
    assert identity.asked == [MANAGER]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_asked_again(azure: AzureManager, status: int) -> None:
    azure.faults = [Fault("skiptoken=2", status, "TooManyRequests", {"Retry-After": "0"}, times=2)]
    assert len(skus(manager())) == len(azure.sizes)


def test_what_does_not_pass_is_told_with_azures_code(azure: AzureManager) -> None:
    azure.faults = [Fault("skus", 503, "ServerBusy", times=None)]
    with pytest.raises(UserError, match=r"ServerBusy: told to fail \(HTTP 503\).*tried 3 times"):
        skus(manager())


def test_who_is_to_wait_for_long_is_told_so(azure: AzureManager) -> None:
    azure.faults = [Fault("skus", 429, "TooManyRequests", {"Retry-After": "300"}, times=None)]
    with pytest.raises(UserError, match=r"TooManyRequests.*asks to wait 300 s"):
        skus(manager())
    assert len(azure.asked) == 1


def test_a_refusal_is_not_asked_again(azure: AzureManager) -> None:
    azure.faults = [Fault("skus", 403, "AuthorizationFailed", times=None)]
    with pytest.raises(Refused, match="AuthorizationFailed") as error:
        skus(manager())
    assert error.value.code == "AuthorizationFailed"
    assert len(azure.asked) == 1


def test_a_list_that_goes_on_elsewhere_is_not_followed(azure: AzureManager) -> None:
    elsewhere = {"value": [], "nextLink": azure.url.replace("http://127.0.0.1", "http://127.0.0.1.example.com")}
    azure.says = lambda _: (200, elsewhere)
    with pytest.raises(UserError, match="continues its list at another host"):
        skus(manager())


@pytest.mark.parametrize("answer", [{}, [], {"value": None}, {"value": {}}])
def test_what_is_no_list_is_told(azure: AzureManager, answer: object) -> None:
    azure.says = lambda _: (200, answer)
    with pytest.raises(UserError, match="is no list"):
        skus(manager())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 503])
def test_the_token_does_not_show_when_azure_repeats_it(azure, identity, caplog, status: int) -> None:
    caplog.set_level(logging.DEBUG)
    azure.says = lambda token: (status, {"error": {"code": "No", "message": f"{token} is not good"}})
    with pytest.raises(UserError, match=r"Bearer \*\*\* is not good") as error:
        skus(manager())
    assert [secret for secret in identity.secrets if secret in str(error.value) + caplog.text] == []


@pytest.mark.parametrize(
    "endpoint",
    ["https://example.com", "http://127.0.0.1.example.com", "https://management.azure.com", "x", "ftp://127.0.0.1"],
)
def test_a_token_goes_to_no_endpoint_but_azures_and_this_machine(monkeypatch, endpoint: str) -> None:
    monkeypatch.setenv("TRITON_SERVING_ARM_ENDPOINT", endpoint)
    with pytest.raises(UserError, match="must name a stand-in on this machine"):
        manager()


@pytest.mark.usefixtures("azure")
@pytest.mark.parametrize(
    ("cloud", "scope"),
    [("usgovernment", "https://management.usgovcloudapi.net"), ("China", "https://management.chinacloudapi.cn")],
)
def test_another_cloud_is_asked_with_a_token_of_its_own(identity, monkeypatch, cloud: str, scope: str) -> None:
    monkeypatch.setenv("ARM_ENVIRONMENT", cloud)
    with pytest.raises(UserError):
        skus(manager())
    assert identity.asked == [scope]


def test_a_cloud_that_does_not_exist_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARM_ENVIRONMENT", "german")
    with pytest.raises(
        UserError, match="ARM_ENVIRONMENT and AZURE_ENVIRONMENT must be one of public, usgovernment, china"
    ):
        manager()


@pytest.mark.usefixtures("azure")
def test_all_is_asked_at_once_and_known() -> None:
    answers = ask(manager(), Question(SUBSCRIPTION, "westeurope", "shop"))
    assert answers.unknown == ()
    assert answers.sizes is not None
    assert answers.sizes["standard_nc4as_t4_v3"].zones == {"1", "2"}
    assert answers.quotas is not None
    assert answers.quotas["cores"].limit == 200
    assert HERE in answers.rights
    assert set(answers.registered) == set(NAMESPACES)


def test_what_azure_does_not_say_leaves_the_rest_known(azure: AzureManager) -> None:
    azure.faults = [Fault("usages", 403, "AuthorizationFailed", times=None)]
    answers = ask(manager(), Question(SUBSCRIPTION, "westeurope"))
    assert answers.quotas is None
    assert answers.sizes
    assert len(answers.unknown) == 1
    assert "AuthorizationFailed" in answers.unknown[0]


def test_an_answer_of_another_form_is_unknown(azure: AzureManager) -> None:
    azure.usages = [{"name": "cores"}]
    answers = ask(manager(), Question(SUBSCRIPTION, "westeurope"))
    assert answers.quotas is None
    assert "another form" in answers.unknown[0]


@pytest.mark.usefixtures("azure")
def test_a_subscription_that_is_not_there_is_told() -> None:
    with pytest.raises(WrongSubscription, match=r"SubscriptionNotFound.*ARM_SUBSCRIPTION_ID"):
        ask(manager(), Question(f"{SUBSCRIPTION[:-4]}dead", "westeurope"))


@pytest.mark.usefixtures("azure")
def test_a_subscription_of_another_tenant_is_told(identity: IdentityEndpoint) -> None:
    identity.tenant = "99999999-0000-0000-0000-000000000000"
    with pytest.raises(WrongSubscription, match=r"InvalidAuthenticationTokenTenant.*az login --tenant"):
        ask(manager(), Question(SUBSCRIPTION, "westeurope"))


@pytest.mark.usefixtures("azure")
def test_a_resource_group_that_is_not_there_is_known_as_that() -> None:
    answers = ask(manager(), Question(SUBSCRIPTION, "westeurope", "other"))
    assert answers.lost == (HERE,)
    assert answers.unknown == ()


def test_rights_are_asked_for_where_roles_are_given(azure: AzureManager) -> None:
    registry = "/subscriptions/other/resourceGroups/y/providers/Microsoft.ContainerRegistry/registries/shared"
    azure.rights_on = {registry: [{"actions": ["*/read"]}]}
    answers = ask(manager(), Question(SUBSCRIPTION, "westeurope", roles_on=(registry, f"{registry}2")))
    assert answers.rights[registry] == (Rights(("*/read",), ()),)
    assert answers.lost == (f"{registry}2",)


@pytest.mark.usefixtures("azure")
def test_without_a_login_it_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IDENTITY_ENDPOINT")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    answers = ask(manager(), Question(SUBSCRIPTION, "westeurope"))
    assert len(answers.unknown) == 1
    assert "`az login`" in answers.unknown[0]


def test_a_wish_to_stop_ends_the_waiting(azure: AzureManager) -> None:
    work = Work()
    work.stop.set()
    azure.faults = [Fault("skus", 503, "ServerBusy", times=None)]
    with pytest.raises(Stopped):
        ask(manager(work), Question(SUBSCRIPTION, "westeurope"))
