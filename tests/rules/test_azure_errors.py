"""What to do is said for the codes with which Azure refuses, wherever in what it says they are."""

import re
from pathlib import Path

import pytest
from stand_in_azure.errors import ArmError
from triton_serving.rules.azure_errors import ADVICE, advice

DOCS = Path(__file__).parents[2] / "docs" / "on-a-real-subscription.md"


@pytest.mark.parametrize("code", sorted(ADVICE))
def test_what_the_provider_passes_on_is_understood(code: str) -> None:
    assert advice(str(ArmError(code, "It is refused."))) == ADVICE[code]


def test_a_code_inside_of_another_one_is_found() -> None:
    told = 'Code="BadRequest" Message="Preflight failed: AuthorizationFailed on /subscriptions/1"'
    assert advice(told) == ADVICE["AuthorizationFailed"]


def test_the_docs_table_has_every_code() -> None:
    rows = [line for line in DOCS.read_text().splitlines() if line.startswith("| `")]
    named = {code for row in rows for code in re.findall(r"`([\w ]+)`", row.split("|")[1])}
    told_before = {"SubscriptionNotFound", "InvalidSubscriptionId"}
    assert set(ADVICE) - named == told_before, "those are told before anything is made"


@pytest.mark.parametrize("told", ["", "connection refused", 'Code="NotAuthorizationFailed"', 'Code="BadRequest"'])
def test_nothing_is_said_of_what_is_not_known(told: str) -> None:
    assert advice(told) is None
