"""AzureCapacity: refuses what Azure has no room for, and does not know what Azure does not say."""

import subprocess
import sys
from typing import Any

import pytest
from parts.azure_manager import SUBSCRIPTION, AzureManager, Fault
from triton_serving.models.work import Work
from triton_serving.resources import azure_capacity_provider
from triton_serving.resources.azure_capacity_provider import AzureCapacityProvider
from triton_serving.resources.engine import Engine
from triton_serving.resources.resource import Call, Change
from triton_serving.resources.values import UNKNOWN
from triton_serving.rules.problems import UserError

URN = "urn:pulumi:dev::shop::triton-serving:index:AzureCapacity::shop-capacity"
A100 = "Standard_NC24ads_A100_v4"
CAPACITY = AzureCapacityProvider()
pytestmark = pytest.mark.usefixtures("nobody_signed_in")


class Heard(Engine):
    def __init__(self) -> None:
        super().__init__("127.0.0.1:1")
        self.warnings: list[str] = []
        self.notices: list[str] = []

    def notice(self, urn: str, text: str) -> None:
        self.notices.append(text)

    def warn(self, urn: str, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(azure_capacity_provider, "_recent_answers", azure_capacity_provider.RecentAnswers())


@pytest.fixture
def engine() -> Heard:
    return Heard()


def call(engine: Engine, preview: bool = False) -> Call:
    return Call(URN, engine, Work(), preview)


def pool(nodes: int = 2, **more: Any) -> dict[str, Any]:
    return {"name": "a100", "vmSize": A100, "nodes": nodes, **more}


def inputs(*pools: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"subscriptionId": SUBSCRIPTION, "location": "West Europe", "pools": list(pools or (pool(),)), **more}


def checked(given: dict[str, Any]) -> dict[str, Any]:
    answer = CAPACITY.check(call(Heard()), given)
    assert answer.problems == []
    return answer.inputs


def created(engine: Heard, *pools: dict[str, Any], preview: bool = False, **more: Any) -> dict[str, Any]:
    return CAPACITY.create(call(engine, preview), checked(inputs(*pools, **more)))[1]


@pytest.mark.usefixtures("azure")
@pytest.mark.parametrize("preview", [True, False])
def test_room_is_told_with_what_is_left_of_it(engine: Heard, preview: bool) -> None:
    state = created(engine, preview=preview, grantsRoles=True, resourceGroup="shop")
    assert state["vcpusWanted"] == {"standardncadsa100v4family": 48, "cores": 48}
    assert state["vcpusLeft"] == {"standardncadsa100v4family": 72, "cores": 190}
    assert engine.warnings == []
    assert len(engine.notices) == (1 if preview else 0)


def test_what_there_is_no_room_for_is_refused_with_all_of_it(azure: AzureManager, engine: Heard) -> None:
    azure.rights = [{"actions": ["*"], "notActions": ["Microsoft.Authorization/*/Write"]}]
    azure.registered["Microsoft.Network"] = "NotRegistered"
    with pytest.raises(UserError) as error:
        created(engine, pool(9, zones=["7"]), preview=True, grantsRoles=True, resourceGroup="shop")
    assert len(str(error.value).splitlines()) == 5  # a zone, two quotas, a registration, a right


def test_azure_is_asked_once_for_a_preview(azure: AzureManager, engine: Heard) -> None:
    created(engine, preview=True)
    asked = len(azure.asked)
    created(engine, preview=True)
    assert len(azure.asked) == asked


def test_a_growing_pool_needs_room_for_what_is_new_only(azure: AzureManager, engine: Heard) -> None:
    state = created(engine, pool(3))
    azure.usages[3]["currentValue"] = 24 + 72
    azure.usages[0]["currentValue"] = 200
    azure_capacity_provider._recent_answers._found.clear()
    smaller = checked(inputs(pool(2)))
    assert CAPACITY.diff(call(engine), state, smaller) == {"pools": Change.UPDATE}
    CAPACITY.update(call(engine), "x", state, smaller)
    with pytest.raises(UserError, match="24 are missing"):
        CAPACITY.update(call(engine), "x", state, checked(inputs(pool(4))))


def test_what_is_recorded_of_another_region_takes_no_room_here(azure: AzureManager, engine: Heard) -> None:
    state = created(engine, pool(3)) | {"location": "northeurope"}
    azure.usages[3]["currentValue"] = 96
    azure_capacity_provider._recent_answers._found.clear()
    with pytest.raises(UserError, match="72 are missing"):
        CAPACITY.update(call(engine), "x", state, checked(inputs(pool(3))))


@pytest.mark.usefixtures("azure")
def test_nothing_changes_while_nothing_is_asked_for(engine: Heard) -> None:
    assert CAPACITY.diff(call(engine), created(engine), checked(inputs())) == {}


@pytest.mark.usefixtures("azure")
def test_who_is_not_signed_in_is_warned_and_goes_on(engine: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IDENTITY_ENDPOINT")
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    state = created(engine, pool(1000), preview=True)
    assert state["vcpusWanted"] == state["vcpusLeft"] == {}
    (warning,) = engine.warnings
    assert "not all is known of the room in westeurope" in warning
    assert "`az login`" in warning


def test_who_may_not_ask_is_warned_and_hears_of_the_rest(azure: AzureManager, engine: Heard) -> None:
    azure.faults = [Fault("usages", 403, "AuthorizationFailed", times=None)]
    created(engine, pool(9))
    assert "AuthorizationFailed" in engine.warnings[0]
    azure_capacity_provider._recent_answers._found.clear()
    with pytest.raises(UserError, match="'zones' of pool 'a100'"):
        created(engine, pool(9, zones=["7"]))


@pytest.mark.usefixtures("azure")
def test_a_wrong_subscription_is_refused(engine: Heard) -> None:
    with pytest.raises(UserError, match="SubscriptionNotFound"):
        created(engine, subscriptionId=f"{SUBSCRIPTION[:-4]}dead")


@pytest.mark.parametrize(
    "unknown",
    [
        {"resourceGroup": UNKNOWN},
        {"subscriptionId": UNKNOWN},
        {"location": UNKNOWN},
        {"pools": UNKNOWN},
        {"pools": [UNKNOWN]},
        {"pools": [pool(nodes=UNKNOWN)]},
    ],
)
def test_what_is_not_known_yet_is_asked_later(azure: AzureManager, engine: Heard, unknown: dict[str, Any]) -> None:
    state = created(engine, preview=True, **unknown) if "pools" not in unknown else _preview(engine, unknown)
    assert state["vcpusWanted"] is state["vcpusLeft"] is UNKNOWN
    assert list(azure.asked) == []


def _preview(engine: Heard, unknown: dict[str, Any]) -> dict[str, Any]:
    return CAPACITY.create(call(engine, preview=True), checked(inputs() | unknown))[1]


def test_everything_wrong_with_the_inputs_is_told_at_once(engine: Heard) -> None:
    pools = [pool(-1), pool(1.5), pool(zones="1", spot="yes", gpus=1), "a100", {"name": 1, "nodes": True}]
    given = {"subscriptionId": "shop", "location": "west/europe", "pools": pools, "grantsRoles": "yes", "group": "x"}
    given["rolesOn"] = ["mine"]
    problems = CAPACITY.check(call(engine), given).problems
    marks = [
        "'subscriptionId'",
        "'location'",
        "'grantsRoles'",
        "'rolesOn'",
        "'group'",
        "pools[0].nodes",
        "pools[1].nodes",
    ]
    marks += [
        "pools[2].zones",
        "pools[2].spot",
        "'gpus'",
        "pools[3]",
        "pools[4].name",
        "pools[4].vmSize",
        "pools[4].nodes",
    ]
    assert [sum(mark in problem for problem in problems) for mark in marks] == [1] * len(marks)
    assert len(problems) == len(marks)


def test_what_must_be_given_is_asked_for(engine: Heard) -> None:
    assert CAPACITY.check(call(engine), {}).problems == [
        f"'{key}' must be given" for key in ("subscriptionId", "location", "pools")
    ]


def test_a_plugin_that_asks_azure_nothing_imports_nothing_for_it() -> None:
    program = (
        "import sys; import triton_serving.resources.azure_capacity_provider\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('azure', 'msal', 'requests', 'urllib3')])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
