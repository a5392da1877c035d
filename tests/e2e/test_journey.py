"""The life of a model: published, changed, rolled back, taken away; in both ways of use and both homes of versions."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

from parts.docker_registry import DockerRegistry
from parts.engine import ModelsProgram, YamlProgram


def test_a_model_lives_through_versions_roll_back_and_destroy_with_the_projects_own_program(
    stack: ModelsProgram,
) -> None:
    live_through(stack, {}, lambda: versions_on_disk(stack.data))
    assert not [path for path in stack.data.rglob("*") if path.is_file()]


def test_a_model_lives_through_versions_roll_back_and_destroy_from_yaml_in_a_registry(
    yaml: YamlProgram, registry: DockerRegistry
) -> None:
    live_through(yaml, {"registry": f"{registry.url}/team"}, lambda: tags_of(registry, "team/digits"))
    assert not list(registry.storage.glob("**/_manifests/revisions/sha256/*/link"))


def live_through(stack: ModelsProgram | YamlProgram, home: dict[str, str], versions: Callable[[], set[str]]) -> None:
    stack.declare(**home)
    told = stack.preview().fine().text
    assert "+ models/triton/digits/labels.txt (50 bytes)" in told
    assert "3 to create" in told
    assert not versions()
    told = stack.up().fine().text
    assert "version 1 of digits: 3 of 3 layers sent" in told
    first = stack.outputs()
    assert first["version"] == 1
    assert first["models"] == {"digits": [1]}
    assert first["imageRef"].endswith(first["digest"])
    assert versions() == {"1"}

    stack.preview("--expect-no-changes").fine()
    assert "3 unchanged" in stack.up("--expect-no-changes").fine().text
    assert stack.outputs() == first

    labels = stack.models / "triton/digits/labels.txt"
    original = labels.read_bytes()
    labels.write_bytes(original + b"ten\n")
    told = stack.preview("--diff").fine().text
    assert "~ models/triton/digits/labels.txt (50 bytes -> 54 bytes)" in told
    assert "model.onnx" not in told
    assert "config.pbtxt" not in told
    assert versions() == {"1"}
    told = stack.up().fine().text
    assert "files: 1 changed" in told
    assert "version 2 of digits: 1 of 3 layers sent" in told
    second = stack.outputs()
    assert second["version"] == 2
    assert second["digest"] != first["digest"]
    assert versions() == {"1", "2"}

    stack.declare(**home, pinnedVersion=1)
    assert "~ models/triton/digits/labels.txt (54 bytes -> 50 bytes)" in stack.up().fine().text
    assert stack.outputs() == first
    stack.declare(**home, description="Handwritten digits", tags={"team": "vision"})
    told = stack.up().fine().text
    assert "0 of 3 layers sent" in told
    assert stack.outputs() == second
    stack.declare(**home, description="Digits, 8x8", tags={"team": "reading", "bertLarge": "kept as it is"})
    told = stack.up().fine().text
    assert "0 of 3 layers sent, 0 bytes" in told
    assert "files:" not in told
    assert stack.outputs() == second
    assert versions() == {"1", "2"}

    labels.write_bytes(original)
    assert "version 1 of digits: 0 of 3 layers sent, 0 bytes" in stack.up().fine().text
    assert stack.outputs() == first

    stack.declare(**home, keepVersions=0)
    stack.up().fine()
    assert versions() == {"1"}
    stack.declare(**home, pinnedVersion=2)
    stack.preview().refused("version 2 of 'digits' is not in", "it has 1")
    stack.declare(**home)
    labels.write_bytes(b"another\n")
    stack.up().fine()
    assert stack.outputs()["version"] == 3, "a number that was in use must not come again"

    stack.destroy().fine()
    assert not versions()


def versions_on_disk(data: Path) -> set[str]:
    index = data / "triton-serving/registry/digits/index.json"
    if not index.exists():
        return set()
    manifests = json.loads(index.read_bytes())["manifests"]
    return numbers(one.get("annotations", {}).get("org.opencontainers.image.ref.name", "") for one in manifests)


def tags_of(registry: DockerRegistry, repository: str) -> set[str]:
    try:
        url = f"{registry.url}/v2/{repository}/tags/list"
        with urllib.request.urlopen(url) as answer:
            return numbers(json.load(answer)["tags"] or [])
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return set()


def numbers(tags: Iterable[str]) -> set[str]:
    return {tag for tag in tags if tag.isdecimal()}


def test_replacing_by_hand_keeps_the_version(stack: ModelsProgram) -> None:
    stack.up().fine()
    before = stack.outputs()
    stack.up("--replace", stack.resource("ModelVersion")["urn"]).fine()
    assert stack.outputs() == before
    stack.preview("--expect-no-changes").fine()
    assert versions_on_disk(stack.data) == {"1"}


def test_a_new_name_replaces_and_leaves_nothing_of_the_old_one(stack: ModelsProgram) -> None:
    stack.up().fine()
    stack.declare(name="numbers")
    told = stack.preview("--diff").fine().text
    assert "replace" in told
    stack.up().fine()
    assert stack.outputs()["version"] == 1
    assert not versions_on_disk(stack.data)
    stack.destroy().fine()
    assert not [path for path in stack.data.rglob("*") if path.is_file()]
