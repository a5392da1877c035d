"""What differs from machine to machine: passphrases, paths, proxies."""

import shutil
from pathlib import Path

from parts.docker_registry import DockerRegistry, free_port
from parts.engine import ModelsProgram, YamlProgram


def test_a_wrong_passphrase_is_told_and_changes_nothing(yaml: YamlProgram) -> None:
    yaml.write({"resources": {"keys": {"type": "triton-serving:index:ApiKeys"}}})
    yaml.up().fine()
    before = yaml.state_file.read_bytes()
    yaml.environ |= {"PULUMI_CONFIG_PASSPHRASE": "another one"}
    for operation in (yaml.preview, yaml.up, yaml.refresh, yaml.destroy):
        operation().refused("incorrect passphrase")
    assert yaml.state_file.read_bytes() == before
    assert not yaml.locks


def test_a_checkout_that_moves_changes_nothing(stack: ModelsProgram) -> None:
    stack.up().fine()
    before = stack.outputs()
    moved = stack.folder / "moved, with a space" / "project"
    shutil.move(stack.project, moved)
    stack.project = moved
    stack.preview("--expect-no-changes").fine()
    (moved / "examples/digits/models/triton/digits/labels.txt").write_bytes(b"changed\n")
    stack.up().fine()
    assert stack.outputs()["version"] == 2
    assert str(moved) not in stack.export()
    assert before["digest"] != stack.outputs()["digest"]
    stack.destroy().fine()
    assert not [path for path in stack.data.rglob("*") if path.is_file()]


def test_a_proxy_that_does_not_work_is_not_needed_for_what_is_on_this_machine(
    stack: ModelsProgram, registry: DockerRegistry
) -> None:
    dead = f"http://127.0.0.1:{free_port()}"
    stack.environ |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), dead)
    stack.declare(registry=f"{registry.url}/team")
    assert "+ models/triton/digits/labels.txt (50 bytes)" in stack.preview().fine().text
    assert "version 1 of digits: 3 of 3 layers sent" in stack.up().fine().text
    stack.destroy().fine()


def test_a_home_on_a_path_with_spaces_and_other_signs_works(tmp_path: Path) -> None:
    stack = ModelsProgram(tmp_path / "größe 100%41 'x'").make()
    stack.up().fine()
    stack.preview("--expect-no-changes").fine()
    assert (stack.data / "triton-serving/registry/digits/index.json").exists()
    stack.destroy().fine()
