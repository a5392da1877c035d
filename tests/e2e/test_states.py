"""A state that is cut, that another version wrote, or that tells of an update which never ended: what to do is told."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from parts.engine import ModelsProgram, Stack, YamlProgram

Snapshot = dict[str, Any]
OPERATIONS = ("preview", "up", "refresh", "destroy")


def edit(stack: Stack, change: Callable[[Snapshot], object]) -> None:
    whole = json.loads(stack.state_file.read_text())
    change(whole["checkpoint"]["latest"])
    stack.state_file.write_text(json.dumps(whole))


def the(kind: str, snapshot: Snapshot) -> dict[str, Any]:
    (found,) = [one for one in snapshot["resources"] if one["type"].endswith(f":{kind}")]
    return dict(found)


def test_a_state_that_is_cut_is_told_and_the_one_before_it_goes_on(stack: ModelsProgram) -> None:
    stack.up().fine()
    stack.up().fine()
    whole = stack.state_file.read_bytes()
    stack.state_file.write_bytes(whole[: len(whole) // 2])
    for operation in OPERATIONS:
        getattr(stack, operation)().refused("failed to load checkpoint", "unexpected end of JSON input")
    assert stack.state_file.read_bytes() == whole[: len(whole) // 2]
    before = stack.state_file.with_name(f"{stack.state_file.name}.bak").read_bytes()
    stack.state_file.write_bytes(gzip.decompress(before) if before.startswith(b"\x1f\x8b") else before)
    stack.refresh().fine()
    stack.preview("--expect-no-changes").fine()
    stack.destroy().fine()
    assert not files(stack.data)


def test_a_state_of_a_later_pulumi_is_left_alone(stack: ModelsProgram) -> None:
    stack.up().fine()
    later = json.dumps({**json.loads(stack.state_file.read_text()), "version": 99})
    stack.state_file.write_text(later)
    for operation in OPERATIONS:
        getattr(stack, operation)().refused("unsupported checkpoint version 99")
    assert stack.state_file.read_text() == later


def test_what_another_version_did_not_write_is_added_by_up(stack: ModelsProgram) -> None:
    stack.up().fine()
    before = stack.outputs()
    edit(stack, lambda snapshot: the("ModelVersion", snapshot)["outputs"].pop("history"))
    stack.refresh().refused("the state lacks 'history' of this resource", "run `pulumi up`, which adds that")
    assert "[diff: +history]" in stack.preview().fine().text
    assert "0 of 3 layers sent" in stack.up().fine().text
    assert stack.outputs() == before
    stack.refresh().fine()
    stack.preview("--expect-no-changes").fine()


def test_destroy_finds_what_the_state_of_another_version_does_not_name(stack: ModelsProgram) -> None:
    stack.up().fine()
    edit(stack, lambda snapshot: the("ModelVersion", snapshot)["outputs"].pop("history"))
    stack.destroy().fine()
    assert not files(stack.data)


def test_keys_that_another_version_kept_elsewhere_are_not_made_anew(yaml: YamlProgram) -> None:
    keys: dict[str, Any] = {"type": "triton-serving:index:ApiKeys"}
    yaml.write({"resources": {"keys": keys}, "outputs": {"primary": "${keys.primaryKey}"}})
    yaml.up().fine()
    edit(yaml, lambda snapshot: the("ApiKeys", snapshot)["outputs"].pop("primaryKey"))
    for operation in (yaml.preview, yaml.up):
        operation().refused("the state lacks 'primaryKey'", "give the key that clients have as 'primaryKey'")
    keys["properties"] = {"primaryKey": "the-key-of-the-clients"}
    yaml.write({"resources": {"keys": keys}, "outputs": {"primary": "${keys.primaryKey}"}})
    yaml.up().fine()
    assert yaml.outputs() == {"primary": "the-key-of-the-clients"}


@pytest.mark.parametrize("operation", ["up", "destroy"])
def test_an_update_that_never_ended_is_told_by_the_next_one_until_it_is_cleared(
    stack: ModelsProgram, operation: str
) -> None:
    """By Pulumi itself, and by no preview. What was being made is taken over, whether it was made or not."""
    stack.up().fine()

    def interrupted(snapshot: Snapshot) -> None:
        made = the("ModelVersion", snapshot)
        snapshot["resources"] = [one for one in snapshot["resources"] if one["urn"] != made["urn"]]
        snapshot["pending_operations"] = [{"resource": made, "type": "creating"}]

    edit(stack, interrupted)
    assert "pending" not in stack.preview().fine().text
    told = getattr(stack, operation)().fine().text
    assert "1 pending operations" in told
    assert "ModelVersion::models-version, interrupted while creating" in told
    assert "`pulumi refresh`" in told
    stack.pulumi("refresh", "--yes", "--clear-pending-creates").fine()
    assert "pending" not in stack.up().fine().text
    assert stack.outputs()["version"] == 1
    stack.destroy().fine()
    assert not files(stack.data)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
