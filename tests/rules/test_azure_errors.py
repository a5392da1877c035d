"""What to do is said for the codes with which Azure refuses, wherever in its answer they are."""

import pytest
from stand_in_azure.errors import STATUS, ArmError
from triton_serving.rules.azure_errors import ADVICE, advice

OURS = {"BadRequest", "InvalidParameter", "PropertyChangeNotAllowed", "PrincipalNotFound", "RoleAssignmentExists"}
OURS |= {"ResourceGroupNotFound", "ResourceNotFound", "RoleAssignmentUpdateNotPermitted", "RoleDefinitionDoesNotExist"}
"""What only a program can do wrong that sends what Azure does not take, or what somebody removes meanwhile."""


@pytest.mark.parametrize("code", sorted(set(STATUS) - OURS))
def test_every_code_that_somebody_can_do_something_about_is_known(code: str) -> None:
    assert advice(str(ArmError(code, "It is refused."))) == ADVICE[code]


def test_a_code_inside_of_another_one_is_found() -> None:
    told = 'Code="BadRequest" Message="Preflight failed: ErrCode_InsufficientVCPUQuota, 4 of 0 left"'
    assert advice(told) == ADVICE["InsufficientVCPUQuota"]


def test_what_is_already_there() -> None:
    assert "pulumi import" in (advice("cannot create already existing resource '/subscriptions/1'") or "")


@pytest.mark.parametrize("told", ["", "connection refused", 'Code="NoQuotaExceededAtAll"', 'Code="BadRequest"'])
def test_nothing_is_said_of_what_is_not_known(told: str) -> None:
    assert advice(told) is None
