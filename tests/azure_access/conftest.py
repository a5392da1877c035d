import os
from collections.abc import Iterator

import pytest
from parts.azure_manager import AzureManager
from parts.identity_endpoint import IdentityEndpoint
from triton_serving import azure_identity

LOGINS = ("AZURE_", "ARM_", "IDENTITY_")


@pytest.fixture(autouse=True)
def nobody_signed_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for variable in [name for name in os.environ if name.startswith(LOGINS)]:
        monkeypatch.delenv(variable)
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
def azure(identity: IdentityEndpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[AzureManager]:
    with AzureManager(identity) as manager:
        for name, value in manager.environment().items():
            monkeypatch.setenv(name, value)
        yield manager
