"""What is installed besides what was asked for."""

import pytest
from triton_serving.entry.environment_packages import with_base


@pytest.mark.parametrize("asked", ["azureml-defaults", "azureml_defaults>=1.0.45", "AzureML-Defaults"])
def test_what_azure_ml_asked_of_every_environment_is_not_taken_from_2019(asked: str) -> None:
    assert "azureml-defaults>=1.50" in with_base([asked, "nltk"])
    assert asked in with_base([asked])


def test_nothing_of_azure_is_added_unasked() -> None:
    assert not [line for line in with_base(["nltk"]) if "azure" in line]
