"""Where images, models and other data lie in Azure."""

import pytest
from parts.policy_rules import judged
from triton_policies.kinds import BLOB_CONTAINER, REGISTRY, STORAGE_ACCOUNT
from triton_policies.rule import UNKNOWN

ACCOUNT = {"allowBlobPublicAccess": False, "allowSharedKeyAccess": False, "minimumTlsVersion": "TLS1_2"}


@pytest.mark.parametrize("given", [{}, {"adminUserEnabled": False, "anonymousPullEnabled": UNKNOWN}])
def test_a_registry_without_passwords_passes(given):
    assert judged("registry-access", REGISTRY, given) == []


@pytest.mark.parametrize("field", ["adminUserEnabled", "anonymousPullEnabled"])
def test_a_registry_that_does_not_know_its_callers_is_refused(field):
    (told,) = judged("registry-access", REGISTRY, {field: True})
    assert told.startswith(f"'{field}' must be false")
    assert "AcrPull" in told


@pytest.mark.parametrize(
    "given", [ACCOUNT, {**ACCOUNT, "minimumTlsVersion": "TLS1_3"}, dict.fromkeys(ACCOUNT, UNKNOWN)]
)
def test_an_account_for_those_whom_azure_knows_passes(given):
    assert judged("storage-access", STORAGE_ACCOUNT, given) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("allowBlobPublicAccess", True),
        ("allowBlobPublicAccess", None),
        ("allowSharedKeyAccess", True),
        ("allowSharedKeyAccess", None),
        ("minimumTlsVersion", "TLS1_0"),
        ("minimumTlsVersion", None),
        ("enableHttpsTrafficOnly", False),
    ],
)
def test_an_account_that_anybody_may_read_is_refused(field, value):
    (told,) = judged("storage-access", STORAGE_ACCOUNT, {**ACCOUNT, field: value})
    assert told.startswith(f"'{field}' must be ")


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ({}, True),
        ({"publicAccess": "None"}, True),
        ({"publicAccess": "Blob"}, False),
        ({"publicAccess": UNKNOWN}, True),
    ],
)
def test_blobs_are_not_public(given, right):
    assert (judged("no-public-blobs", BLOB_CONTAINER, given) == []) is right
