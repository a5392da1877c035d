"""Which cloud of Azure is meant."""

import pytest
from triton_serving.rules.azure_clouds import CLOUDS, cloud_in
from triton_serving.rules.problems import UserError


@pytest.mark.parametrize(
    ("environment", "cloud"),
    [
        ({}, "public"),
        ({"ARM_ENVIRONMENT": ""}, "public"),
        ({"AZURE_ENVIRONMENT": "AzurePublicCloud"}, "public"),
        ({"AZURE_ENVIRONMENT": "AzureUSGovernment"}, "usgovernment"),
        ({"ARM_ENVIRONMENT": "china", "AZURE_ENVIRONMENT": "public"}, "china"),
    ],
)
def test_the_cloud_is_the_one_that_the_environment_names(environment: dict[str, str], cloud: str) -> None:
    assert cloud_in(environment) is CLOUDS[cloud]


def test_a_cloud_that_is_not_there_is_told() -> None:
    with pytest.raises(UserError, match=r"must be one of public, usgovernment, china \(got 'german'\)"):
        cloud_in({"AZURE_ENVIRONMENT": "german"})
