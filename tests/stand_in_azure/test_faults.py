"""What goes wrong when a test says so, as Azure and pulumi-azure-native have it."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from parts.stand_in_azure import StandInAzure

from stand_in_azure.conftest import Asking, Refused, pool

POOL = "containerservice:AgentPool"


@pytest.mark.parametrize(
    "code",
    [
        *("QuotaExceeded", "SkuNotAvailable", "AuthorizationFailed", "RequestDisallowedByPolicy"),
        *("ExpiredAuthenticationToken", "RegistryNameNotAvailable"),
    ],
)
def test_an_error_fails_at_once_with_its_code(asking: Asking, azure: StandInAzure, code: str) -> None:
    azure.fail(code, operation="create")
    with pytest.raises(Refused, match=f'^Status=4.. Code="{code}" Message=".+"$'):
        asking.group()
    assert [(call["attempt"], call["code"]) for call in azure.calls()] == [(1, code)]
    assert azure.resources() == {}
    asking.group()


def test_the_nth_call(asking: Asking, azure: StandInAzure) -> None:
    azure.fail("QuotaExceeded", call=2)
    asking.group()
    with pytest.raises(Refused, match="QuotaExceeded"):
        asking.registry()
    asking.registry()
    assert [call["call"] for call in azure.calls()] == [1, 2, 3]


def test_a_kind_and_an_operation(asking: Asking, azure: StandInAzure, shop: Mapping[str, str]) -> None:
    azure.fail("AuthorizationFailed", operation="delete", kind="AgentPool")
    asking.pool()
    with pytest.raises(Refused, match="AgentPool/delete"):
        asking.delete(POOL, f"{shop['cluster']}/agentPools/gpu")


@pytest.mark.parametrize("code", ["TooManyRequests", "ServiceUnavailable", "InternalServerError"])
def test_what_passes_is_tried_again(asking: Asking, azure: StandInAzure, code: str) -> None:
    azure.fail(code, call=1, times=3, retry_after=17)
    asking.group()
    calls = azure.calls()
    assert [(call["call"], call["attempt"], call["status"]) for call in calls][-1] == (1, 4, 200)
    assert [call.get("retry_after") for call in calls] == [17, 17, 17, None]


def test_what_does_not_pass_in_the_end_is_told(asking: Asking, azure: StandInAzure) -> None:
    azure.fail("TooManyRequests", call=1, times=4)
    with pytest.raises(Refused, match='Status=429 Code="TooManyRequests"'):
        asking.group()


@pytest.mark.usefixtures("shop")
def test_without_machines_a_pool_is_there_and_failed(asking: Asking, azure: StandInAzure) -> None:
    azure.fail("AllocationFailed", kind="AgentPool")
    with pytest.raises(Refused, match="AllocationFailed") as refused:
        asking.pool()
    identity = refused.value.kept
    assert azure.resources()[identity]["provisioningState"] == "Failed"
    assert asking.update(POOL, identity, **pool())["provisioningState"] == "Succeeded"


def test_an_answer_that_is_lost_is_asked_for_again(asking: Asking, azure: StandInAzure) -> None:
    asking.group()
    azure.fail("InternalServerError", kind="Registry", how="answer-lost")
    asking.registry()


def test_what_nobody_knows_of_is_not_taken_over(asking: Asking, azure: StandInAzure) -> None:
    asking.group()
    azure.fail("InternalServerError", kind="Registry", how="answer-lost", times=4)
    with pytest.raises(Refused, match='Status=500 Code="InternalServerError"') as refused:
        asking.registry()
    assert refused.value.kept == ""
    with pytest.raises(Refused, match="cannot create already existing resource"):
        asking.registry()


@pytest.mark.usefixtures("shop")
def test_who_gives_up_leaves_what_azure_began(asking: Asking, azure: StandInAzure) -> None:
    azure.delay(60, kind="AgentPool")
    with ThreadPoolExecutor() as threads:
        making = threads.submit(asking.pool)
        _until(lambda: any(identity.endswith("/gpu") for identity in azure.resources()))
        asking.cancel()
        with pytest.raises(Refused, match="context canceled") as refused:
            making.result(10)
    assert refused.value.kept.endswith("/agentPools/gpu")


def test_an_error_that_azure_does_not_have(azure: StandInAzure) -> None:
    with pytest.raises(ValueError, match="NoSuchCode is none of"):
        azure.fail("NoSuchCode")


def test_calls_at_the_same_time_do_not_lose_one_another(asking: Asking, azure: StandInAzure) -> None:
    asking.group()
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda index: asking.identity(f"identity-{index}"), range(24)))
    assert len({identity for identity, _ in made} & set(azure.resources())) == 24
    assert sorted(call["call"] for call in azure.calls()) == list(range(1, 26))


def _until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.02)
