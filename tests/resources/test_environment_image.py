"""EnvironmentImage between check and delete: what previews show, what the registry gets, and what is left there."""

import json
import shutil
from dataclasses import replace

from parts.base_images import push_tiny_base
from parts.docker_registry import DockerRegistry
from parts.wheels import make_wheel
from triton_serving.models.registry.open import open_registry
from triton_serving.models.user_folders import cache_home
from triton_serving.resources.environment_image_provider import KEPT, EnvironmentImageProvider
from triton_serving.resources.resource import Change
from triton_serving.resources.values import UNKNOWN


def home(images):
    return open_registry(f"{images.registry.url}/team")


def manifest(images, digest):
    return json.loads(home(images).manifest("words", digest))


def test_a_preview_knows_the_digest_and_every_package_and_sends_nothing(images):
    _, expected = images.preview(pipPackages=["Meeting"])
    assert expected["packages"] == ["greeting==1.0", "meeting==1.0", "parting==1.0"]
    assert images.uploads() == 0
    assert images.tags() == []
    assert images.up(pipPackages=["Meeting"]) == expected
    assert expected["imageRef"] == f"{images.registry.host}/team/words@{expected['digest']}"
    assert home(images).resolve("words", expected["digest"]) == expected["digest"]


def test_nothing_is_resolved_made_or_sent_while_nothing_is_asked_for(images, monkeypatch):
    images.up(pipPackages=["greeting"])
    sent = images.uploads()
    monkeypatch.setenv("UV", "/nowhere/uv")
    shutil.rmtree(cache_home())
    assert images.preview(pipPackages=["greeting"])[0] == {}
    images.up(pipPackages=["greeting"])
    assert images.uploads() == sent


def test_versions_stay_as_they_were_chosen_while_the_request_stays(images):
    images.up(pipPackages=["greeting"])
    make_wheel(images.wheels, "greeting", "3.0")
    assert images.preview(pipPackages=["greeting"])[0] == {}
    # And when something else is asked for, too.
    changes, expected = images.preview(pipPackages=["greeting", "parting"])
    assert expected["packages"] == ["greeting==2.0", "parting==1.0"]
    assert changes == {"pipPackages": Change.UPDATE, "digest": Change.UPDATE, 'lock["parting"]': Change.ADD}


def test_a_changed_package_sends_its_layer_and_no_other(images):
    images.up(pipPackages=["greeting==1.0", "parting"])
    sent = images.uploads()
    changes, _ = images.preview(pipPackages=["greeting==2.0", "parting"])
    assert changes == {"pipPackages": Change.UPDATE, "digest": Change.UPDATE, 'lock["greeting"]': Change.UPDATE}
    images.up(pipPackages=["greeting==2.0", "parting"])
    assert "1 of 5 layers sent" in images.listener.said[-1]
    assert images.uploads() - sent == 3  # the layer, the config and the list of packages


def test_a_machine_that_has_nothing_yet_fetches_only_what_changed(images):
    images.up(pipPackages=["greeting==1.0", "parting"])
    shutil.rmtree(cache_home())
    images.up(pipPackages=["greeting==2.0", "parting"])
    assert len(list((cache_home() / "image-layers").glob("*.tar.gz"))) == 1
    assert not list((cache_home() / "image-layers").glob("sha256-*")), "the base is in the registry already"


def test_a_registry_takes_a_base_of_its_own_over_without_being_sent_it(images):
    inputs = images.check(pipPackages=["greeting"])
    (fetched,) = (cache_home() / "image-layers").glob("sha256-*")
    fetched.unlink()
    EnvironmentImageProvider().create(images.call(), inputs)
    assert not fetched.exists()
    assert images.uploads() == 6  # three layers, the config, and the list of packages with its own
    assert f"blobs/uploads/?mount=sha256%3A{fetched.name.removeprefix('sha256-')}" in images.registry.log


def test_a_base_of_another_registry_is_copied(images, tmp_path):
    with DockerRegistry(tmp_path / "other") as other:
        state = images.up(baseImage=push_tiny_base(other.host), pipPackages=["greeting"])
    first = manifest(images, state["digest"])["layers"][0]
    assert home(images).has_blob("words", first["digest"], first["size"])
    assert images.uploads() == 7


def test_an_image_can_be_kept_in_a_folder(images, tmp_path):
    folder = f"oci-layout://{tmp_path}/layouts"
    state = images.up(registry=folder, pipPackages=["meeting"])
    assert state["imageRef"] == f"{folder}/words@{state['digest']}"
    assert EnvironmentImageProvider().read(images.call(), images.identity, state) == state
    images.destroy()
    assert not (tmp_path / "layouts" / "words").exists()


def test_two_machines_make_the_same_image(images):
    first = images.up(pipPackages=["meeting"])
    shutil.rmtree(cache_home())
    other = replace(images, state={}, before={}, urn=images.urn.replace(":dev:", ":prod:"))
    sent = images.uploads()
    assert other.up(pipPackages=["meeting"])["digest"] == first["digest"]
    assert images.uploads() == sent


def test_a_tag_of_the_base_is_looked_up_once(images):
    tag = f"{images.registry.host}/python:3.11-slim"
    pinned = images.up(baseImage=tag)["base"]
    assert pinned == images.base
    push_tiny_base(images.registry.host, created="2026-11-21T00:00:00Z")
    assert images.preview(baseImage=tag)[0] == {}
    changes, expected = images.preview(baseImage=f"{images.registry.host}/python:3.11-slim@{pinned.rpartition('@')[2]}")
    assert (changes, expected["base"]) == ({"baseImage": Change.UPDATE}, pinned)


def test_an_image_that_the_registry_lost_is_seen_and_sent_again(images):
    state = images.up(pipPackages=["greeting"])
    provider = EnvironmentImageProvider()
    assert provider.read(images.call(), images.identity, state) == state
    home(images).delete("words", state["digest"])
    assert provider.read(images.call(), images.identity, state) is None
    assert images.preview(pipPackages=["greeting"])[0] == {"imageRef": Change.UPDATE}
    assert images.up(pipPackages=["greeting"]) == state
    assert home(images).resolve("words", state["digest"]) == state["digest"]


def test_old_images_stay_for_pods_that_run_on_them_up_to_a_number(images):
    digests = []
    for number in range(KEPT + 2):
        make_wheel(images.wheels, "greeting", f"5.{number}")
        digests.append(images.up(pipPackages=[f"greeting==5.{number}"])["digest"])
    assert images.state["history"] == digests[1:]
    there = [digest for digest in digests if home(images).manifest("words", digest)]
    assert there == digests[1:]
    images.up(pipPackages=["greeting==5.3"])
    assert images.state["history"][-1] == digests[3]
    assert len(images.state["history"]) == len(there)


def test_what_another_stack_uses_stays_when_one_goes(images):
    digest = images.up(pipPackages=["greeting"])["digest"]
    other = replace(images, state={}, before={}, urn=images.urn.replace(":dev:", ":prod:"))
    other.up(pipPackages=["greeting"])
    images.destroy()
    assert home(images).manifest("words", digest)
    assert EnvironmentImageProvider().read(other.call(), other.identity, other.state) == other.state
    other.destroy()
    assert images.tags() == []
    assert home(images).manifest("words", digest) is None


def test_replacing_leaves_the_new_one_its_image(images):
    state = images.up(pipPackages=["greeting"])
    successor = EnvironmentImageProvider()
    identity, new = successor.create(images.call(), images.check(pipPackages=["greeting"]))
    assert identity == images.identity
    successor.delete(images.call(), identity, state)
    assert successor.read(images.call(), identity, new) == new


def test_the_config_says_who_runs_what_and_holds_no_variable_of_the_caller(images):
    state = images.up(pipPackages=["greeting"], environmentVariables={"TOKEN": "hunter2"})
    described = manifest(images, state["digest"])
    config = home(images).blob("words", described["config"]["digest"])
    assert b"hunter2" not in config
    config = json.loads(config)
    assert config["config"]["User"] == "65532:65532"
    assert config["config"]["Entrypoint"] == ["python", "-m", "triton_scoring"]
    assert "PATH=/opt/environment/bin:/usr/local/bin:/usr/bin:/bin" in config["config"]["Env"]
    assert len(config["rootfs"]["diff_ids"]) == len(described["layers"]) == len(images.state["layers"]) + 3
    changes, _ = images.preview(pipPackages=["greeting"], environmentVariables={"TOKEN": "other"}, description="words")
    assert changes == {"environmentVariables": Change.UPDATE, "description": Change.ADD}


def test_another_registry_or_name_replaces(images, tmp_path):
    images.up(pipPackages=["greeting"])
    assert images.preview(name="other", pipPackages=["greeting"])[0]["name"] == Change.REPLACE
    with DockerRegistry(tmp_path / "other") as other:
        changes, _ = images.preview(registry=other.url, pipPackages=["greeting"])
    assert changes["registry"] == Change.REPLACE


def test_a_registry_that_is_yet_to_be_made_leaves_the_reference_open_and_the_packages_known(images):
    _, expected = images.preview(registry=UNKNOWN, pipPackages=["greeting"])
    assert expected["imageRef"] is UNKNOWN
    assert expected["packages"] == ["greeting==2.0"]
    assert expected["digest"] == images.up(pipPackages=["greeting"])["digest"]


def test_packages_that_are_not_known_yet_leave_all_open(images):
    _, expected = images.preview(pipPackages=[UNKNOWN])
    assert {expected["imageRef"], expected["digest"], expected["packages"]} == {UNKNOWN}
