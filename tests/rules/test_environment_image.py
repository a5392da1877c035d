"""How images below an environment are named."""

import pytest
from triton_serving.rules.environment_image import base_image_problem, curated_problem

DIGEST = f"sha256:{'1' * 64}"


@pytest.mark.parametrize(
    "image",
    [
        f"docker.io/library/python:3.11-slim@{DIGEST}",
        f"docker.io/library/python@{DIGEST}",
        "mcr.microsoft.com/azurelinux/base/python:3.12",
        "localhost:5000/python:3.11",
        "localhost/python:3.11",
        "127.0.0.1:5000/python",
        "registry:5000/team/python:3.11",
        f"oci-layout:///home/me/Images/python@{DIGEST}",
    ],
)
def test_a_base_is_named_with_its_registry(image: str) -> None:
    assert base_image_problem(image) is None


@pytest.mark.parametrize(
    "image",
    [
        "python:3.11-slim",
        "library/python",
        "docker.io",
        "https://docker.io/library/python",
        "a.b/c@sha256:1",
        "",
        7,
        None,
    ],
)
def test_other_names_are_refused_with_an_example(image: object) -> None:
    assert "such as docker.io/library/python:3.11-slim@sha256:…" in str(base_image_problem(image))


def test_a_login_in_it_is_not_repeated() -> None:
    told = str(base_image_problem(f"me:hunter2@registry.example.com/python@{DIGEST}"))
    assert "docker login" in told
    assert "hunter2" not in told


def test_of_curated_environments_there_are_two() -> None:
    assert curated_problem("AzureML-Triton") is None
    assert curated_problem("none") is None
    assert "must be AzureML-Triton or none (got 'AzureML-PyTorch')" in str(curated_problem("AzureML-PyTorch"))
