"""EnvironmentImage, when it cannot be made: what is told, and that nothing is sent."""

import shutil

import pytest
from triton_serving.models.user_folders import cache_home
from triton_serving.resources.environment_image_provider import EnvironmentImageProvider
from triton_serving.rules.problems import UserError


def test_all_mistakes_are_told_at_once_and_nothing_is_made(images):
    told = images.problems(
        name="Words",
        registry="https://me:hunter2@registry.example.com",
        baseImage="python",
        curated="AzureML-PyTorch",
        pythonVersion="3.8",
        pipPackages=["nltk @ git+https://x/y", "greeting==1.0", "greeting==2.0"],
        environmentVariables={"SERVER_PORT": "1"},
        allowPlainHttp="yes",
        baseImages="x",
    )
    for part in (
        "'name' must be lower-case",
        "'baseImage' must be an image with its registry",
        "'curated' must be AzureML-Triton or none",
        "'pythonVersion' must be 3.11 or later",
        "pipPackages[0]: must be a package of the index",
        "pipPackages[2]: a package must be asked for in one way",
        "'environmentVariables' must not set SERVER_PORT",
        "'allowPlainHttp' must be true or false",
        "'baseImages' is not an argument; did you mean 'baseImage'?",
    ):
        assert part in told, told
    assert "hunter2" not in told
    assert not (cache_home() / "image-layers").exists()


@pytest.mark.parametrize(
    ("inputs", "reasons"),
    [
        ({"pipPackages": ["greeting==9"]}, ["there is no version of greeting==9", "ask for a version"]),
        ({"pipPackages": ["meeting", "greeting==2.0"]}, ["meeting are incompatible", "versions that go together"]),
        ({"pipPackages": ["nowhere-to-be-found"]}, ["nowhere-to-be-found", "the network was disabled"]),
        (
            {"pipPackages": [f"greeting==1.0 --hash=sha256:{'0' * 64}"]},
            ["greeting==1.0: no wheel for the image has one of the hashes", "find out who changed the package"],
        ),
        ({"pythonVersion": "3.12"}, ["has no Python 3.12 on its PATH", "set pythonVersion to 3.11"]),
    ],
)
def test_what_cannot_be_made_is_told_by_the_preview_with_the_way_out(images, inputs, reasons):
    with pytest.raises(UserError) as told:
        images.preview(**inputs)
    for reason in reasons:
        assert reason in " ".join(str(told.value).split())
    assert images.tags() == []


def test_a_package_without_a_wheel_is_refused(images):
    (images.wheels / "sources-1.0.tar.gz").write_bytes(b"")
    with pytest.raises(UserError, match=r"sources==1\.0 has no.*wheels|no wheels|no usable wheels"):
        images.preview(pipPackages=["sources"])


def test_a_wheel_that_changed_after_it_was_chosen_is_not_taken(images, tmp_path):
    inputs = images.check(pipPackages=["greeting"])
    shutil.rmtree(cache_home())
    shutil.rmtree(tmp_path / "uv")
    wheel = images.wheels / "greeting-2.0-py3-none-any.whl"
    wheel.write_bytes((images.wheels / "greeting-1.0-py3-none-any.whl").read_bytes())
    with pytest.raises(UserError, match=r"(?i)hash mismatch"):
        EnvironmentImageProvider().create(images.call(), inputs)
    assert images.tags() == []


def test_the_login_of_a_package_index_is_told_nowhere(images, monkeypatch):
    monkeypatch.delenv("UV_OFFLINE")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://me:hunter2@127.0.0.1:9/simple")
    with pytest.raises(UserError) as told:
        images.preview(pipPackages=["not-in-the-folder"])
    assert "127.0.0.1:9" in str(told.value)
    assert "hunter2" not in str(told.value)
