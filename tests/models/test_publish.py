"""Versions of models in both homes, from the directory on."""

import itertools
import threading

import pytest
from parts.docker_registry import DockerRegistry
from parts.fault_proxy import Answer, FaultProxy
from triton_serving.models.publish import hold, predict, publish, withdraw
from triton_serving.models.registry import Registry
from triton_serving.models.registry.open import open_registry
from triton_serving.models.work import Work
from triton_serving.rules.problems import UserError

from .versions import A, B, C, Make, put


def test_versions_count_up(home: Registry, make: Make) -> None:
    assert [put(home, make(says)) for says in ("one", "two", "three")] == [1, 2, 3]
    assert home.resolve("digits", "2") == make("two").digest


def test_the_same_content_keeps_its_number_and_sends_nothing(home: Registry, make: Make) -> None:
    put(home, make("one"))
    put(home, make("two"))
    again = publish(home, "digits", make("one"), A, 2, Work())
    assert (again.version, again.digest, again.sent_layers, again.sent_bytes) == (1, make("one").digest, 0, 0)


def test_a_changed_file_sends_its_layer_alone(home: Registry, make: Make) -> None:
    put(home, make("one", extra=5 << 20))
    sent = publish(home, "digits", make("two", extra=5 << 20), A, 0, Work())
    assert sent.sent_layers == 1
    assert 5 << 20 < sent.sent_bytes < (5 << 20) + 50_000


def test_a_number_that_was_once_given_is_not_given_again(home: Registry, make: Make) -> None:
    assert put(home, make("one"), floor=7) == 8
    withdraw(home, "digits", 8, A)
    assert put(home, make("two"), floor=8) == 9


def test_a_prediction_comes_true_and_changes_nothing(home: Registry, make: Make) -> None:
    assert predict(home, "digits", make("one").digest, 0) == 1
    assert home.tags("digits") == []
    put(home, make("one"))
    assert predict(home, "digits", make("one").digest, 5) == 1
    assert predict(home, "digits", make("two").digest, 5) == put(home, make("two"), floor=5) == 6
    assert predict(home, "digits", make("two").digest, 9) == 6
    assert predict(home, "digits", make("three").digest, 9) == 10


def test_content_that_the_registry_lost_comes_back_under_its_number(home, make):
    image = make("one")
    put(home, image, floor=3)
    withdraw(home, "digits", 4, A)
    assert predict(home, "digits", image.digest, 7, before=4) == 4
    assert publish(home, "digits", image, A, 7, Work(), before=4).version == 4


def test_a_number_that_has_other_content_by_now_is_not_given_back(home, make):
    put(home, make("two"), floor=3)
    assert predict(home, "digits", make("one").digest, 7, before=4) == 8
    assert publish(home, "digits", make("one"), A, 7, Work(), before=4).version == 8


def test_a_version_goes_with_its_last_hold(home: Registry, make: Make) -> None:
    put(home, make("one"), A)
    put(home, make("one"), B)
    hold(home, "digits", 1, make("one").digest, C)
    for owner in (A, C):
        withdraw(home, "digits", 1, owner)
        assert home.resolve("digits", "1") == make("one").digest
    withdraw(home, "digits", 1, B)
    assert home.tags("digits") == []
    assert home.resolve("digits", make("one").digest) is None
    withdraw(home, "digits", 1, B)


def test_other_versions_stay_whole_when_one_goes(home: Registry, make: Make) -> None:
    put(home, make("one"))
    put(home, make("two"))
    withdraw(home, "digits", 1, A)
    assert sorted(home.tags("digits")) == ["2", f"2.{A}"]
    assert all(home.has_blob("digits", layer.digest, layer.size) for layer in make("two").layers)


def test_a_tag_that_a_user_set_keeps_the_image(home: Registry, make: Make) -> None:
    put(home, make("one"))
    home.put_manifest("digits", "prod", make("one").manifest)
    withdraw(home, "digits", 1, A)
    assert home.tags("digits") == ["prod"]
    assert home.resolve("digits", "prod") == make("one").digest


def test_a_version_that_is_not_there_cannot_be_held(home: Registry, make: Make) -> None:
    put(home, make("one"))
    for version, digest in ((2, make("one").digest), (1, make("two").digest)):
        with pytest.raises(UserError, match=f"no version {version} with {digest}; choose one of these: 1 "):
            hold(home, "digits", version, digest, B)
    assert sorted(home.tags("digits")) == ["1", f"1.{A}"]


def test_a_claim_of_a_killed_run_is_taken_back_by_the_next(home: Registry, make: Make) -> None:
    put(home, make("one"))
    home.put_manifest("digits", f"2.{A}", make("one").manifest)
    put(home, make("two"))
    assert f"2.{A}" not in home.tags("digits") or home.resolve("digits", f"2.{A}") == make("two").digest
    assert sorted(tag for tag in home.tags("digits") if "." in tag) == [f"1.{A}", f"2.{A}"]


def test_content_that_the_registry_lost_is_sent_again(docker_registry: DockerRegistry, prefix: str, make: Make) -> None:
    home, image = open_registry(f"{docker_registry.url}/{prefix}"), make("one", extra=5 << 20)
    put(home, image)
    docker_registry.blob_file(image.layers[-1].digest).unlink()
    again = publish(home, "digits", image, A, 1, Work())
    assert (again.version, again.sent_layers) == (1, 1)
    assert docker_registry.blob_file(image.layers[-1].digest).stat().st_size == image.layers[-1].size


def test_a_failing_layer_ends_the_push_and_nothing_is_visible(
    docker_registry: DockerRegistry, prefix: str, make: Make
) -> None:
    image = make("one", extra=5 << 20)
    with FaultProxy(docker_registry.url) as proxy:
        proxy.answers = [Answer("PUT .*/blobs/", 403, b'{"errors":[{"code":"DENIED","message":"quota"}]}', times=None)]
        with pytest.raises(UserError, match="DENIED: quota"):
            put(open_registry(f"{proxy.url}/{prefix}"), image)
    assert open_registry(f"{docker_registry.url}/{prefix}").tags("digits") == []


def test_the_push_is_told_by_layers_and_bytes(home: Registry, make: Make) -> None:
    said: list[str] = []
    put(home, make("one", extra=5 << 20), work=Work(said.append))
    assert said[-1] == "pushing 3 of 3 layers, 5.2 of 5.2 MB"


def test_progress_never_goes_back_however_slow_the_voice_is(home: Registry, make: Make) -> None:
    told: list[str] = []
    voices, overtaken = itertools.count(), threading.Event()

    def say(text: str) -> None:
        if text.startswith("pushing"):
            if next(voices):
                overtaken.set()
            else:
                overtaken.wait(0.3)  # in vain, as nobody speaks meanwhile
            told.append(text)

    put(home, make("one", extra=5 << 20), work=Work(say))
    assert told == sorted(told)
    assert told[-1] == "pushing 3 of 3 layers, 5.2 of 5.2 MB"


def test_a_stopped_push_leaves_no_version(home: Registry, make: Make) -> None:
    work = Work()
    stopping = Work(lambda _: work.stop.set(), work.stop)
    with pytest.raises(UserError, match="stopped at your request"):
        put(home, make("one", extra=5 << 20), work=stopping)
    assert home.tags("digits") == []
