"""Registries that are down, slow, closed or no registries, and runs that end in the middle of a push."""

import base64
import json
import os
import shlex
import threading
from pathlib import Path

from parts.docker_registry import DockerRegistry
from parts.engine import ModelsProgram
from parts.fault_proxy import Answer, FaultProxy

PIECE = 64 << 20  # how much a cut costs at most: registries of the distribution project keep whole pieces
RIGHT, WRONG = "right-password", "wrong-password"
HTPASSWD = "user:$2b$04$I1QB9U/pQH.8zSoPt5mePeme2ufq3zJQ3BTCRmpwUF16t7mm6eloO\n"  # bcrypt of the right one


def test_a_registry_that_is_down_is_told_and_destroy_works_once_it_is_back(
    stack: ModelsProgram, registry: DockerRegistry
) -> None:
    stack.declare(registry=f"{registry.url}/team")
    stack.up().fine()
    registry.stop()
    preview = stack.start("preview")
    down = stack.destroy().refused(f"{registry.host}: no connection: connection refused", "is the registry up?")
    assert "run the same command again later" in down.text
    preview.outcome().refused(f"{registry.host}: no connection: connection refused", "is the registry up?")
    assert stack.resource("ModelVersion")["outputs"]["version"] == 1
    before = forget_what_it_had(stack, down.text)
    registry.start()
    stack.pulumi("stack", "import", f"--file={before}").fine()
    stack.destroy().fine()
    assert not list(registry.storage.glob("**/_manifests/revisions/sha256/*/link"))


def forget_what_it_had(stack: ModelsProgram, told: str) -> Path:
    """As the message says that it is done where a registry is gone for good; gives the state of before."""
    before = stack.folder / "before.json"
    before.write_text(stack.export())
    words = next(line for line in told.splitlines() if "if the registry is gone for good" in line)
    stack.pulumi(*shlex.split(words.partition(": pulumi ")[2]), "--yes").fine()
    stack.destroy().fine()
    assert json.loads(stack.export())["deployment"].get("resources", []) == []
    return before


def test_a_registry_that_never_answers_does_not_outlast_ctrl_c(stack: ModelsProgram) -> None:
    with FaultProxy() as nobody:
        nobody.answers.append(Answer(".*", 200, wait=threading.Event(), times=None))
        stack.declare(registry=f"{nobody.url}/team")
        preview = stack.start("preview").until(lambda: nobody.seen)
        preview.press_ctrl_c()
        preview.outcome(longest=50).refused()  # less than the wait for one answer
        assert not stack.locks


def test_what_is_no_registry_is_told(stack: ModelsProgram) -> None:
    with FaultProxy() as website:
        html = {"Content-Type": "text/html"}
        website.answers.append(Answer(".*", 200, b"<html>Welcome</html>", html, times=None))
        stack.declare(registry=f"{website.url}/team")
        for operation in (stack.preview, stack.up):
            told = operation().refused(website.host, "is this the address of a registry?").text
            assert "Welcome" not in told


def test_a_login_that_lacks_or_is_refused_is_told_and_a_good_one_is_never_shown(
    stack: ModelsProgram, tmp_path: Path
) -> None:
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    settings = {
        "AUTH": "htpasswd",
        "AUTH_HTPASSWD_REALM": "models",
        "AUTH_HTPASSWD_PATH": str(tmp_path / "htpasswd"),
    }
    with DockerRegistry(tmp_path / "registry", settings=settings) as registry:
        stack.declare(registry=f"{registry.url}/team")
        stack.preview().refused("asks for a login", f"run `docker login {registry.host}`")
        log_in(stack, registry, WRONG)
        told = stack.preview().refused("refuses the login of user 'user'", f"run `docker login {registry.host}` again")
        log_in(stack, registry, RIGHT)
        seen = [told, stack.up().fine(), stack.refresh().fine(), stack.destroy().fine()]
    everything = "".join(outcome.text for outcome in seen) + stack.export()
    encoded = base64.b64encode(f"user:{RIGHT}".encode()).decode()
    assert not [secret for secret in (RIGHT, WRONG, encoded) if secret in everything]


def test_ctrl_c_during_a_push_leaves_a_stack_that_the_next_up_finishes(
    stack: ModelsProgram, registry: DockerRegistry
) -> None:
    with FaultProxy(registry.url) as proxy:
        stack.declare(registry=f"{proxy.url}/team")
        held = Answer("PUT .*/blobs/uploads/", 503, wait=threading.Event(), times=None)
        proxy.answers.append(held)
        running = stack.start("up", "--yes", "--skip-preview").until(lambda: proxy.asked("PUT", "/blobs/uploads/"))
        running.press_ctrl_c()
        running.outcome(longest=60).refused()
        assert not stack.locks
        assert not json.loads(stack.export())["deployment"].get("pending_operations")
        assert not list(registry.storage.glob("**/_manifests/tags/*"))
        proxy.answers.remove(held)
        held.wait.set()
        stack.up().fine()
        assert stack.outputs()["version"] == 1
        stack.destroy().fine()
    assert not list(registry.storage.glob("**/_manifests/tags/*"))


def test_a_run_killed_in_the_middle_of_a_large_file_is_finished_by_the_next_one(
    stack: ModelsProgram, registry: DockerRegistry
) -> None:
    (stack.models / "triton/digits/1/weights.bin").write_bytes(os.urandom(PIECE + 1_000_000))
    with FaultProxy(registry.url) as proxy:
        stack.declare(registry=f"{proxy.url}/team")
        held = Answer("PUT .*/blobs/uploads/.*", 503, wait=threading.Event(), times=None)
        proxy.answers.append(held)
        running = stack.start("up", "--yes", "--skip-preview")
        running.until(lambda: proxy.asked("PATCH") and any(len(seen.body) > 900_000 for seen in proxy.asked("PUT")))
        running.kill()
        proxy.answers.remove(held)
        held.wait.set()
        assert not list(registry.storage.glob("**/_manifests/tags/*"))
        stack.up().refused("the stack is currently locked by 1 lock(s)", "pulumi cancel")
        stack.pulumi("cancel", "--yes").fine()

        before = proxy.uploaded
        stack.up().fine()
        assert proxy.uploaded - before < 2_000_000, "what had arrived was sent again"
        assert stack.outputs()["version"] == 1
        stack.preview("--expect-no-changes").fine()
        stack.destroy().fine()
    assert not list(registry.storage.glob("**/_manifests/tags/*"))
    assert not list(registry.storage.glob("**/_manifests/revisions/sha256/*/link"))


def test_a_cut_line_is_waited_out_within_the_run(stack: ModelsProgram, registry: DockerRegistry) -> None:
    (stack.models / "triton/digits/1/weights.bin").write_bytes(os.urandom(3_000_000))
    with FaultProxy(registry.url) as proxy:
        proxy.cut_at = 1_500_000
        stack.declare(registry=f"{proxy.url}/team")
        stack.up().fine()
        assert 3_000_000 < proxy.uploaded < 5_000_000
        stack.preview("--expect-no-changes").fine()


def log_in(stack: ModelsProgram, registry: DockerRegistry, password: str) -> None:
    stack.docker_config.mkdir(exist_ok=True)
    login = {"auth": base64.b64encode(f"user:{password}".encode()).decode()}
    (stack.docker_config / "config.json").write_text(json.dumps({"auths": {registry.host: login}}))
