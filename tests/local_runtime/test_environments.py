"""Python environments: made once from what was asked for, shared, and gone with the last who needs them."""

import re
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from parts.wheels import make_wheel
from triton_serving.entry import environment_packages
from triton_serving.local_runtime import environments
from triton_serving.local_runtime.environments import (
    find_environment,
    hold_environment,
    interpreter_of,
    keep_environments,
    make_environment,
    reference_at,
    reference_of,
)
from triton_serving.models.work import Stopped, Work
from triton_serving.rules.environment import PYTHON
from triton_serving.rules.problems import UserError

ME, YOU = "me", "you"


def make(*requirements, owner=ME, work=None):
    return make_environment(requirements, PYTHON, owner, work or Work())


def said_by(environment, program):
    python = interpreter_of(environment.reference)
    return subprocess.check_output([python, "-W", "ignore", "-c", program], text=True, timeout=60).strip()


@pytest.mark.usefixtures("own_environments")
def test_an_environment_has_the_packages_the_triton_client_and_the_scoring_server():
    made = make("nltk==3.10.4")
    said_by(made, "import nltk, numpy, tritonhttpclient, tritonclient.http, triton_scoring")
    assert "nltk==3.10.4" in made.packages
    assert list(made.packages) == sorted(made.packages)
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+", package) for package in made.packages)


@pytest.mark.usefixtures("own_environments")
def test_a_version_of_the_callers_stands_instead_of_the_usual_one(monkeypatch):
    monkeypatch.setattr(environment_packages, "BASE", {"tritonclient": "tritonclient[http]==2.73.0"})
    assert "tritonclient==2.60.0" in make("tritonclient==2.60.0").packages


def test_the_same_wish_is_the_same_environment_and_made_once(small_environments, monkeypatch):
    first = make("greeting")
    monkeypatch.setenv("UV", "/nowhere/uv")
    make_wheel(small_environments.parents[2] / "wheels", "greeting", "3.0")
    assert make("greeting", owner=YOU) == first == find_environment(first.reference)


@pytest.mark.usefixtures("small_environments")
def test_every_wish_has_a_name_of_its_own_that_is_known_before(tmp_path):
    wishes = [((), PYTHON), (("greeting",), PYTHON), (("greeting==1.0",), PYTHON), ((), "3.99")]
    names = {reference_of(*wish) for wish in wishes}
    (tmp_path / "server" / "triton_scoring" / "__init__.py").write_text("changed = 1\n")
    names |= {reference_of(*wish) for wish in wishes}
    assert len(names) == 2 * len(wishes)
    assert make("greeting").reference in names


@pytest.mark.usefixtures("small_environments")
def test_an_interpreter_leads_back_to_its_environment():
    made = make()
    assert reference_at(interpreter_of(made.reference)) == made.reference


def test_an_environment_goes_with_the_last_who_needs_it_and_leaves_nothing(small_environments):
    old = make("greeting==1.0")
    hold_environment(old.reference, YOU, Work())
    new = make("greeting==2.0")
    keep_environments(ME, [new.reference])
    assert said_by(old, "import greeting; print(greeting.version)") == "1.0"
    keep_environments(YOU, [])
    assert find_environment(old.reference) is None
    assert said_by(new, "import greeting; print(greeting.version)") == "2.0"
    keep_environments(ME, [])
    assert not small_environments.exists()


def test_what_is_not_there_cannot_be_held_or_used(small_environments):
    reference = reference_of((), PYTHON)
    with pytest.raises(UserError, match="not on this machine"):
        interpreter_of(reference)
    with pytest.raises(UserError, match="not on this machine"):
        hold_environment(reference, ME, Work())
    assert not small_environments.exists()


def test_several_that_want_the_same_at_once_get_one(small_environments):
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda number: make("greeting", owner=f"owner-{number}"), range(4)))
    assert len(set(made)) == 1
    assert len(list(small_environments.glob("*.owners/*"))) == 4
    assert not list(small_environments.glob("*.building"))


def test_an_environment_whose_python_is_gone_is_made_again_for_all_who_need_it(small_environments):
    made = make("greeting")
    python = interpreter_of(made.reference)
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert find_environment(made.reference) is None
    assert make("greeting", owner=YOU) == made
    keep_environments(YOU, [])
    assert said_by(made, "import greeting; print(greeting.version)") == "2.0"
    assert [path.name for path in small_environments.glob("*.owners/*")] == [ME]


@pytest.mark.parametrize("killed", [["greeting"], ["parting"]], ids=["the same", "another"])
def test_what_a_killed_run_left_is_cleared_up_by_the_next(small_environments, killed):
    digest = reference_of(killed, PYTHON).rpartition(":")[2]
    (small_environments / f"{digest}.building" / "lib").mkdir(parents=True)
    (small_environments / f"{digest}.lock").touch()
    made = make("greeting").reference.rpartition(":")[2]
    assert {path.name for path in small_environments.iterdir()} == {made, f"{made}.lock", f"{made}.owners"}


@pytest.mark.usefixtures("small_environments")
def test_settings_of_a_project_around_the_program_do_not_count(tmp_path, monkeypatch):
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "pyproject.toml").write_text("[tool.uv]\nconstraint-dependencies = ['greeting==1.0']\n")
    monkeypatch.chdir(tmp_path / "project")
    assert "greeting==2.0" in make("greeting").packages


@pytest.mark.usefixtures("small_environments")
def test_given_hashes_are_the_only_ones_that_are_taken(tmp_path):
    right = make_wheel(tmp_path / "wheels", "parting", "2.0")
    assert make(f"parting==2.0 --hash={right}").packages == ("parting==2.0",)
    with pytest.raises(UserError, match="correct the hashes"):
        make(f"parting==2.0 --hash=sha256:{'0' * 64}")


@pytest.mark.parametrize(
    ("requirements", "says"),
    [
        (["farewell"], "farewell.*"),
        (["greeting==7"], "ask for a version that the index has.*greeting==7"),
        (["greeting==2.0", "meeting"], "ask for versions that go together.*greeting"),
        (["unfinished"], "ask for a version that is built for this Python.*unfinished"),
    ],
)
def test_packages_that_cannot_be_installed_are_named_with_a_way_out_and_leave_nothing(
    small_environments, tmp_path, requirements, says
):
    _make_broken_source(tmp_path / "wheels", "unfinished")
    with pytest.raises(UserError, match=f"(?s)^choosing versions.*{says}"):
        make(*requirements)
    assert not small_environments.exists()


def test_an_unknown_package_of_an_index_is_told_so(small_environments, monkeypatch):
    monkeypatch.delenv("UV_OFFLINE")
    with pytest.raises(UserError, match="correct the package's name"):
        make("triton-serving-has-no-such-package")
    assert not small_environments.exists()


def test_without_a_network_the_message_says_so(small_environments, monkeypatch):
    monkeypatch.delenv("UV_OFFLINE")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(UserError, match="check the network"):
        make("farewell")
    assert not small_environments.exists()


def test_a_stopped_run_leaves_nothing(small_environments):
    work = Work()
    work.stop.set()
    with pytest.raises(Stopped):
        make("greeting", work=work)
    assert not small_environments.exists()


@pytest.mark.usefixtures("small_environments")
def test_a_cache_that_cannot_be_written_is_one_clear_message(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(UserError, match="set XDG_CACHE_HOME"):
        make()


def test_a_missing_python_is_told_and_not_downloaded(small_environments):
    with pytest.raises(UserError, match=r"3\.99"):
        environments.check_python("3.99", Work())
    with pytest.raises(UserError, match=r"3\.99"):
        make_environment((), "3.99", ME, Work())
    assert not small_environments.exists()


def _make_broken_source(folder: Path, name: str) -> None:
    """A package that has to be built first, which fails."""
    inside = folder / f"{name}-1.0"
    inside.mkdir()
    (inside / "PKG-INFO").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (inside / "pyproject.toml").write_text(
        "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
    )
    (inside / "backend.py").write_text("raise SystemExit('no compiler on this machine')\n")
    with tarfile.open(folder / f"{name}-1.0.tar.gz", "w:gz") as archive:
        archive.add(inside, inside.name)
