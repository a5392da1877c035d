"""What to do is said for the codes with which Azure refuses to answer, wherever in what it says they are."""

import pytest
from stand_in_azure.errors import ArmError
from triton_serving.rules.azure_errors import ADVICE, advice


@pytest.mark.parametrize("code", sorted(ADVICE))
def test_what_the_provider_passes_on_is_understood(code: str) -> None:
    assert advice(str(ArmError(code, "It is refused."))) == ADVICE[code]


def test_a_code_inside_of_another_one_is_found() -> None:
    told = 'Code="BadRequest" Message="Preflight failed: AuthorizationFailed on /subscriptions/1"'
    assert advice(told) == ADVICE["AuthorizationFailed"]


@pytest.mark.parametrize("told", ["", "connection refused", 'Code="LinkedAuthorizationFailed"', 'Code="BadRequest"'])
def test_nothing_is_said_of_what_is_not_known(told: str) -> None:
    assert advice(told) is None
