"""Images for pods: what is in them is made once, equal files give equal digests, and a second run sends nothing."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from parts.docker_registry import DockerRegistry
from programs.cluster_images import push_images
from programs.cluster_images.contents import START_TRITON
from programs.cluster_images.layers import Content, Layer, make_layer

GIVEN_TO = {"gatewayImage", "tritonImage", "environmentImage", "fetcherImage"}


def test_images_are_sent_by_digest_and_a_second_time_only_asked_for(tmp_path: Path) -> None:
    with DockerRegistry(tmp_path) as registry:
        sent = push_images(registry.host)
        assert sent.keys() == GIVEN_TO
        for reference in sent.values():
            host, _, digest = reference.partition("@")
            assert host.startswith(f"{registry.host}/for-trials/")
            manifest = json.loads(registry.blob_file(digest).read_bytes())
            assert all(registry.blob_file(layer["digest"]).exists() for layer in manifest["layers"])
        before = len(registry.log)
        assert push_images(registry.host) == sent
        asked = [line for line in registry.log[before:].splitlines() if '"HEAD /v2/for-trials/' in line]
        assert len(asked) == len(sent)
        assert not any(method in registry.log[before:] for method in ('"POST', '"PUT', '"PATCH'))


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Layer]:
    def made(cache: str, origin: bytes, fill: Callable[[Path], None]) -> Layer:
        (tmp_path / cache).mkdir(exist_ok=True)
        return make_layer(Content("part", (origin,), fill), tmp_path / cache)

    return made


def test_the_same_files_give_the_same_layer_wherever_and_whenever_it_is_made(made: Callable[..., Layer]) -> None:
    def early(root: Path) -> None:
        for name in "a", "b":
            (root / name).write_text(name)
            os.utime(root / name, (1, 1))
        (root / "a").chmod(0o700)
        (root / "b").chmod(0o600)

    def late(root: Path) -> None:
        for name in "b", "a":
            (root / name).write_text(name)
        (root / "a").chmod(0o755)
        (root / "b").chmod(0o644)

    assert made("one", b"", early).digest == made("two", b"", late).digest


def test_a_layer_is_made_anew_when_its_origins_change_and_takes_the_place_of_the_old(
    made: Callable[..., Layer],
) -> None:
    times = []
    old = made("cache", b"1", lambda root: times.append((root / "file").write_text("old")))
    assert made("cache", b"1", lambda _: times.append(1)) == old
    new = made("cache", b"2", lambda root: times.append((root / "file").write_text("new")))
    assert len(times) == 2
    assert new.digest != old.digest
    assert not old.file.exists()


def test_a_layer_whose_making_failed_is_not_taken_for_one(made: Callable[..., Layer]) -> None:
    def fail(root: Path) -> None:
        (root / "half").touch()
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        made("cache", b"1", fail)
    assert made("cache", b"1", lambda _: None).digest == made("other", b"1", lambda _: None).digest


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--model-repository=/models/with space"], id="one word"),
        pytest.param(["--log-verbose=0", "--model-repository", "/models/with space"], id="two words"),
    ],
)
def test_the_images_triton_knows_its_repository_and_is_a_single_process(arguments: list[str], tmp_path: Path) -> None:
    for folder, text in {
        "bin": START_TRITON.read_text(),
        "libexec": '#!/bin/sh\necho $$ "$TRITON_MODEL_REPOSITORY" "$LD_LIBRARY_PATH" $#\n',
    }.items():
        program = tmp_path / folder / "tritonserver"
        program.parent.mkdir()
        program.write_text(text)
        program.chmod(0o755)
    started = subprocess.Popen(
        ["tritonserver", *arguments],
        env={"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    said, _ = started.communicate(timeout=30)
    assert said == f"{started.pid} /models/with space {tmp_path / 'lib'} {len(arguments)}\n"
