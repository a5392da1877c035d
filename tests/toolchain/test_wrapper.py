"""scripts/pulumi: which environment pulumi gets, and when a stack is made. A pretended pulumi tells what it got."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
# Says no to a stack that is in no file of its folder, as pulumi does.
PULUMI = """#!/bin/sh
printf '%s\\n' "$*" >> "$HOME/calls"
env > "$HOME/env"
case "$1 $2" in
  "stack --show-name") [ -e "$HOME/stack" ] || { echo "error: no stack named 'x' found" >&2; exit 1; } ;;
  "stack init") [ ! -e "$HOME/refuse" ] || { echo "error: refused" >&2; exit 3; } ;;
esac
"""


class Run:
    def __init__(self, checkout: Path, home: Path) -> None:
        self.checkout = checkout
        self.home = home

    def __call__(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        (self.home / "calls").unlink(missing_ok=True)
        return subprocess.run(
            [sys.executable, self.checkout / "scripts" / "pulumi", *arguments],
            env={"HOME": str(self.home), "PATH": os.environ["PATH"], **environ},
            capture_output=True,
            text=True,
        )

    @property
    def calls(self) -> list[str]:
        file = self.home / "calls"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def given(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in (self.home / "env").read_text().splitlines())

    @property
    def passphrase(self) -> Path:
        return self.checkout / ".pulumi-state" / "passphrase"

    def log_in(self, folder: Path, login: dict[str, Any]) -> None:
        folder.mkdir()
        (folder / "credentials.json").write_text(json.dumps(login))


@pytest.fixture
def run(checkout: Path, tmp_path: Path) -> Run:
    program = checkout / ".tools" / "bin" / "pulumi"
    program.parent.mkdir(parents=True)
    program.write_text(PULUMI)
    program.chmod(0o755)
    return Run(checkout, tmp_path)


def test_without_a_login_the_state_stays_in_the_checkout(run: Run) -> None:
    assert run("whoami").returncode == 0
    scheme, path = run.given["PULUMI_BACKEND_URL"].split("://")
    assert scheme == "file"
    assert unquote(path) == str(run.checkout / ".pulumi-state")
    assert "%2541" in path  # the percent sign of the folder's name
    assert run.given["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(run.passphrase)
    assert run.given["PULUMI_STACK"] == "local"


def test_the_passphrase_is_for_the_owner_alone_and_is_never_shown_nor_made_twice(run: Run) -> None:
    first = run("whoami")
    secret = run.passphrase.read_text()
    second = run("whoami")
    assert run.passphrase.stat().st_mode & 0o777 == 0o600
    assert len(secret) >= 32
    assert run.passphrase.read_text() == secret
    assert secret not in first.stdout + first.stderr + second.stdout + second.stderr + json.dumps(run.given)
    assert [path.name for path in run.passphrase.parent.iterdir()] == ["passphrase"]


def test_runs_that_start_together_end_with_one_passphrase(run: Run) -> None:
    command = [sys.executable, str(run.checkout / "scripts" / "pulumi"), "whoami"]
    together = [subprocess.Popen(command, env={"HOME": str(run.home), "PATH": os.environ["PATH"]}) for _ in range(6)]
    assert [process.wait() for process in together] == [0] * 6
    assert [path.name for path in run.passphrase.parent.iterdir()] == ["passphrase"]


@pytest.mark.parametrize("variable", ["PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN"])
def test_a_backend_or_token_of_the_users_own_is_left_alone(run: Run, variable: str) -> None:
    run("whoami", **{variable: "theirs"})
    assert run.given[variable] == "theirs"
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in run.given
    assert not run.passphrase.exists()


@pytest.mark.parametrize("home", [".pulumi", "elsewhere"])
def test_a_login_is_left_alone(run: Run, home: str) -> None:
    run.log_in(run.home / home, {"current": "https://api.pulumi.com"})
    run("whoami", **({} if home == ".pulumi" else {"PULUMI_HOME": str(run.home / home)}))
    assert "PULUMI_BACKEND_URL" not in run.given
    assert not run.passphrase.exists()


def test_after_a_log_out_the_state_stays_in_the_checkout(run: Run) -> None:
    run.log_in(run.home / ".pulumi", {"current": "", "accounts": {"https://api.pulumi.com": {}}})
    run("whoami")
    assert run.given["PULUMI_BACKEND_URL"].startswith("file://")


@pytest.mark.parametrize("variable", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])
def test_a_passphrase_of_the_users_own_is_left_alone(run: Run, variable: str) -> None:
    run("whoami", **{variable: ""})
    assert run.given[variable] == ""
    assert not run.passphrase.exists()


def test_a_lost_passphrase_is_told_and_no_new_one_is_made(run: Run) -> None:
    (run.checkout / "stacks" / "Pulumi.dev.yaml").write_text("config: {}\nencryptionsalt: v1:abc\n")
    refused = run("up", STACK="dev")
    assert refused.returncode == 1
    assert "stacks/Pulumi.dev.yaml was encrypted with a passphrase that this checkout lacks" in refused.stderr
    assert "PULUMI_CONFIG_PASSPHRASE" in refused.stderr
    assert run.calls == []
    assert not run.passphrase.exists()


@pytest.mark.parametrize("command", ["up", "preview"])
def test_a_stack_is_made_when_there_is_none(run: Run, command: str) -> None:
    run(command, "--yes", STACK="mine")
    assert run.calls == ["stack init mine", f"{command} --yes"]


def test_a_stack_that_is_there_is_not_made_and_pulumi_is_not_asked(run: Run) -> None:
    stacks = run.checkout / ".pulumi-state" / ".pulumi" / "stacks" / "triton-serving"
    stacks.mkdir(parents=True)
    (stacks / "local.json").touch()
    run("up")
    assert run.calls == ["up"]


def test_a_stack_in_a_backend_of_the_users_own_is_asked_for_and_made_when_there_is_none(run: Run) -> None:
    run("up", PULUMI_BACKEND_URL="s3://theirs")
    assert run.calls == ["stack --show-name", "stack init local", "up"]
    (run.home / "stack").touch()
    run("up", PULUMI_BACKEND_URL="s3://theirs")
    assert run.calls == ["stack --show-name", "up"]


def test_nothing_runs_after_a_stack_could_not_be_made(run: Run) -> None:
    (run.home / "refuse").touch()
    refused = run("up")
    assert refused.returncode == 3
    assert refused.stderr == "error: refused\n"
    assert run.calls == ["stack init local"]


@pytest.mark.parametrize("command", ["up", "destroy", "refresh"])
def test_asking_for_help_takes_no_stack_and_makes_none(run: Run, command: str) -> None:
    run(command, "--help")
    assert run.calls == [f"{command} --help"]


def test_without_a_stack_there_is_nothing_to_take_down_and_nothing_to_read(run: Run) -> None:
    assert run("destroy", "--yes").returncode == 0
    assert run("stack", "rm", "--yes").returncode == 0
    reading = run("stack", "output", "--json")
    assert reading.returncode == 1
    assert reading.stderr == "There is no stack 'local' yet: `make up` makes it.\n"
    assert run.calls == []


def test_pulumi_and_uv_of_the_checkout_come_first_and_a_foreign_virtual_environment_does_not_count(run: Run) -> None:
    run("whoami", VIRTUAL_ENV="/foreign", UV_PROJECT_ENVIRONMENT="/foreign")
    assert run.given["PATH"].split(os.pathsep)[0] == str(run.checkout / ".tools" / "bin")
    assert not {"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"} & run.given.keys()


def test_without_set_up_it_says_what_to_run(run: Run) -> None:
    (run.checkout / ".tools" / "bin" / "pulumi").unlink()
    refused = run("up")
    assert refused.returncode == 1
    assert "`make setup`" in refused.stderr


def test_pulumi_looks_below_home_also_where_that_is_not_the_users_own(run: Run) -> None:
    run("whoami")
    assert run.given["PULUMI_HOME"] == str(run.home / ".pulumi")
    run("whoami", PULUMI_HOME="/elsewhere")
    assert run.given["PULUMI_HOME"] == "/elsewhere"


@pytest.mark.parametrize("home", [{}, {"PULUMI_HOME": "/elsewhere"}], ids=["the usual", "one of their own"])
def test_the_provider_for_kubernetes_is_shown_to_pulumi_once_it_is_set_up(
    run: Run, tmp_path: Path, home: dict[str, str]
) -> None:
    home = {name: f"{tmp_path}{value}" for name, value in home.items()}
    plugins = Path(home.get("PULUMI_HOME", tmp_path / ".pulumi")) / "plugins"
    shutil.copytree(ROOT / "scripts" / "programs", run.checkout / "scripts" / "programs")
    shutil.copy(ROOT / "toolchain.toml", run.checkout)
    run("whoami", **home)
    assert not plugins.exists()
    provider = tmp_path / "provider"
    provider.touch()
    (run.checkout / ".tools" / "bin" / "pulumi-kubernetes").symlink_to(provider)
    assert run("whoami", **home).returncode == 0
    (found,) = plugins.glob("resource-kubernetes-v*/pulumi-resource-kubernetes")
    assert found.readlink() == provider
