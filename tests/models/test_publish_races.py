"""Stacks that publish and withdraw at the same time, in both homes."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from parts.docker_registry import DockerRegistry
from parts.fault_proxy import Answer, FaultProxy
from triton_serving.models.publish import withdraw
from triton_serving.models.push import push
from triton_serving.models.registry import Registry
from triton_serving.models.registry.open import open_registry
from triton_serving.models.work import Work

from .versions import A, B, Make, put


def test_stacks_that_race_never_share_a_number_for_different_content(home: Registry, make: Make) -> None:
    images = [make(f"racer {number}") for number in range(6)]
    together = threading.Barrier(len(images))

    def race(number: int) -> int:
        together.wait()
        return put(home, images[number], f"{number:08x}")

    with ThreadPoolExecutor(len(images)) as pool:
        versions = list(pool.map(race, range(len(images))))
    assert len(set(versions)) == len(images)
    for image, version in zip(images, versions, strict=True):
        assert home.resolve("digits", str(version)) == image.digest


def test_who_meets_the_claim_of_another_steps_back(home: Registry, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both may have seen the same tags; the other spoke just before."""
    rival, put_manifest = make("rival"), home.put_manifest

    def met(name: str, reference: str, content: bytes) -> None:
        if reference == f"1.{A}":
            put_manifest(name, f"1.{B}", rival.manifest)
        put_manifest(name, reference, content)

    with home.pushing("digits"):
        push(home, "digits", (layer.blob() for layer in rival.layers), rival.config, Work())
        monkeypatch.setattr(home, "put_manifest", met)
        assert put(home, make("one")) == 2
    assert sorted(home.tags("digits")) == [f"1.{B}", "2", f"2.{A}"]


def test_a_version_that_somebody_takes_up_while_it_is_withdrawn_stays(
    home: Registry, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, untag = make("one"), home.untag
    put(home, image)

    def met(name: str, tag: str) -> None:
        if tag == "1":
            home.put_manifest(name, f"1.{B}", image.manifest)
        untag(name, tag)

    monkeypatch.setattr(home, "untag", met)
    withdraw(home, "digits", 1, A)
    assert sorted(home.tags("digits")) == ["1", f"1.{B}"]
    assert home.resolve("digits", "1") == image.digest


def test_stacks_that_race_with_the_same_content_all_hold_it(home: Registry, make: Make) -> None:
    image, together = make("one"), threading.Barrier(4)

    def race(number: int) -> int:
        together.wait()
        return put(home, image, f"{number:08x}")

    with ThreadPoolExecutor(4) as pool:
        versions = list(pool.map(race, range(4)))
    for number, version in enumerate(versions):
        assert home.resolve("digits", f"{version}.{number:08x}") == image.digest
        assert home.resolve("digits", str(version)) == image.digest


def test_a_reader_never_sees_half_a_model(docker_registry: DockerRegistry, prefix: str, make: Make) -> None:
    """At every request of a push, whatever can be resolved has all of its layers."""
    image = make("one", extra=5 << 20)
    reader = open_registry(f"{docker_registry.url}/{prefix}")
    whole: list[bool] = []

    class Watching(FaultProxy):
        def answer_for(self, method: str, path: str) -> Answer | None:
            if reader.tags("digits"):
                blobs = image.blobs()
                whole.append(all(reader.has_blob("digits", blob.digest, blob.size) for blob in blobs))
            return super().answer_for(method, path)

    with Watching(docker_registry.url) as proxy:
        put(open_registry(f"{proxy.url}/{prefix}"), image)
    assert whole
    assert all(whole)
