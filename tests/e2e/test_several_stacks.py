"""Runs and stacks that meet, on one name or one state."""

import shutil
import threading
from pathlib import Path

from parts.docker_registry import DockerRegistry
from parts.engine import ModelsProgram
from parts.fault_proxy import Answer, FaultProxy


def test_a_second_up_of_the_same_stack_says_that_it_is_locked(stack: ModelsProgram, registry: DockerRegistry) -> None:
    with FaultProxy(registry.url) as proxy:
        stack.declare(registry=f"{proxy.url}/team")
        held = Answer("PUT .*/manifests/", 503, wait=threading.Event())
        proxy.answers.append(held)
        first = stack.start("up", "--yes", "--skip-preview").until(lambda: proxy.asked("PUT", "/manifests/"))
        stack.up().refused("the stack is currently locked by 1 lock(s)", "pulumi cancel")
        held.wait.set()
        first.outcome().fine()
    assert stack.outputs()["version"] == 1


def test_stacks_that_publish_one_name_get_versions_of_their_own_and_leave_the_others_alone(
    stack: ModelsProgram, tmp_path: Path
) -> None:
    other = ModelsProgram(tmp_path, "other").make()
    theirs = stack.project / "theirs"
    shutil.copytree(stack.models, theirs / "models")
    (theirs / "models/triton/digits/labels.txt").write_bytes(b"theirs\n")
    other.declare(directory="theirs/models")
    runs = [each.start("up", "--yes", "--skip-preview") for each in (stack, other)]
    for run in runs:
        run.outcome().fine()
    assert {stack.outputs()["version"], other.outputs()["version"]} == {1, 2}
    for each in (stack, other):
        each.preview("--expect-no-changes").fine()

    other.declare()
    other.up().fine()
    assert other.outputs() == stack.outputs(), "the same content is the same version"
    stack.destroy().fine()
    other.preview("--expect-no-changes").fine()
    other.refresh().fine()
    other.up("--expect-no-changes").fine()
    other.destroy().fine()
    assert not [path for path in stack.data.rglob("*") if path.is_file()]
