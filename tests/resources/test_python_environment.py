"""PythonEnvironment between check and delete: what previews show, what is installed, and what is left."""

import pytest
from triton_serving.local_runtime.environments import hold_environment, interpreter_of
from triton_serving.models.work import Work
from triton_serving.resources.engine import Engine
from triton_serving.resources.python_environment_provider import PythonEnvironmentProvider
from triton_serving.resources.resource import Call, Change
from triton_serving.resources.values import UNKNOWN
from triton_serving.rules.environment import PYTHON
from triton_serving.rules.problems import UserError

URN = "urn:pulumi:dev::shop::triton-serving:index:PythonEnvironment::environment-python"


@pytest.fixture
def provider():
    return PythonEnvironmentProvider()


def call(preview=False):
    return Call(URN, Engine("127.0.0.1:1"), Work(), preview)


def checked(provider, **inputs):
    answer = provider.check(call(), inputs)
    assert answer.problems == []
    return answer.inputs


def created(provider, **inputs):
    return provider.create(call(), checked(provider, **inputs))


def updated(provider, identity, olds, **inputs):
    news = checked(provider, **inputs)
    assert provider.diff(call(), olds, news)
    return provider.update(call(), identity, olds, news)


@pytest.mark.usefixtures("small_environments")
def test_a_preview_knows_the_reference_and_installs_nothing(provider, small_environments, monkeypatch):
    monkeypatch.setenv("UV", "/nowhere/uv")
    inputs = checked(provider, pipPackages=["Greeting"])
    _, state = provider.create(call(preview=True), inputs)
    assert state["environmentRef"].startswith("local-environment@sha256:")
    assert state["requirements"] == ["greeting"]
    assert state["packages"] == UNKNOWN
    assert state["pythonVersion"] == PYTHON
    assert not small_environments.exists()


@pytest.mark.usefixtures("small_environments")
def test_what_was_previewed_is_what_is_made(provider):
    _, expected = provider.create(call(preview=True), checked(provider, pipPackages=["greeting"]))
    _, state = created(provider, pipPackages=["greeting"])
    assert state == expected | {"packages": ["greeting==2.0"]}
    assert interpreter_of(state["environmentRef"]).exists()


@pytest.mark.usefixtures("small_environments")
def test_nothing_changes_while_nothing_is_asked_for(provider):
    _, state = created(provider, pipPackages=["greeting"])
    assert provider.diff(call(), state, checked(provider, pipPackages=["Greeting "])) == {
        "pipPackages": Change.UPDATE  # written in another way: shown, and the environment stays
    }
    assert provider.diff(call(), state, checked(provider, pipPackages=["greeting"])) == {}


@pytest.mark.usefixtures("small_environments")
def test_a_changed_requirements_file_shows_in_the_preview(provider, tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text("greeting==1.0\n")
    _, state = created(provider, requirementsFile=str(file))
    file.write_text("greeting==2.0\n")
    changes = provider.diff(call(), state, checked(provider, requirementsFile=str(file)))
    assert changes == {"requirements": Change.UPDATE, "environmentRef": Change.UPDATE}


@pytest.mark.usefixtures("small_environments")
def test_variables_and_description_leave_the_environment_as_it_is(provider, monkeypatch):
    identity, old = created(provider, pipPackages=["greeting"])
    monkeypatch.setenv("UV", "/nowhere/uv")
    news = checked(provider, pipPackages=["greeting"], environmentVariables={"A": "1"}, description="more")
    assert provider.diff(call(), old, news) == {
        "environmentVariables": Change.UPDATE,
        "description": Change.ADD,
    }
    assert provider.update(call(preview=True), identity, old, news)["packages"] == old["packages"]
    new = provider.update(call(), identity, old, news)
    assert (new["environmentRef"], new["packages"]) == (old["environmentRef"], old["packages"])


@pytest.mark.usefixtures("small_environments")
def test_an_update_leaves_a_service_the_environment_that_it_runs_on(provider):
    identity, old = created(provider, pipPackages=["greeting==1.0"])
    hold_environment(old["environmentRef"], "a-service", Work())
    new = updated(provider, identity, old, pipPackages=["greeting==2.0"])
    assert interpreter_of(old["environmentRef"]).exists()
    assert interpreter_of(new["environmentRef"]).exists()


def test_an_update_lets_go_of_what_nobody_runs_on(provider, small_environments):
    identity, old = created(provider, pipPackages=["greeting==1.0"])
    updated(provider, identity, old, pipPackages=["greeting==2.0"])
    assert len(list(small_environments.glob("*.owners"))) == 1


@pytest.mark.usefixtures("small_environments")
def test_an_update_that_fails_leaves_the_old_environment(provider):
    identity, old = created(provider, pipPackages=["greeting==1.0"])
    with pytest.raises(UserError, match="greeting==9"):
        updated(provider, identity, old, pipPackages=["greeting==9"])
    assert provider.read(call(), identity, old) == old


@pytest.mark.usefixtures("small_environments")
def test_one_that_is_gone_is_seen_by_a_refresh_and_by_the_next_preview(provider):
    identity, state = created(provider, pipPackages=["greeting"])
    interpreter_of(state["environmentRef"]).unlink()
    assert provider.read(call(), identity, state) is None
    news = checked(provider, pipPackages=["greeting"])
    assert provider.diff(call(), state, news) == {"packages": Change.UPDATE}
    assert provider.update(call(), identity, state, news) == state
    assert provider.read(call(), identity, state) == state


def test_deleting_leaves_nothing(provider, small_environments):
    identity, state = created(provider)
    PythonEnvironmentProvider().delete(call(), identity, state)
    assert not small_environments.exists()


@pytest.mark.usefixtures("small_environments")
def test_replacing_deletes_the_old_one_afterwards_and_leaves_the_new_one_its_environment(provider):
    identity, old = created(provider, pipPackages=["greeting"])
    successor = PythonEnvironmentProvider()
    _, new = created(successor, pipPackages=["greeting"])
    successor.delete(call(), identity, old)
    assert successor.read(call(), identity, new) == new


@pytest.mark.usefixtures("small_environments")
def test_all_that_is_wrong_is_told_at_once(provider):
    answer = provider.check(
        call(),
        {"pipPackage": [], "pipPackages": ["./x"], "environmentVariables": {"PATH": "x"}, "description": 1},
    )
    assert [problem.split()[0] for problem in answer.problems] == [
        "'pipPackage'",
        "'description'",
        "'environmentVariables'",
        "pipPackages[0]:",
    ]


@pytest.mark.usefixtures("small_environments")
def test_packages_and_a_python_that_cannot_be_had_are_told_in_the_preview(provider):
    problems = provider.check(call(), {"pipPackages": ["./x", "a=b"], "pythonVersion": "3.99"}).problems
    assert [problem.split(":")[0] for problem in problems[:2]] == ["pipPackages[0]", "pipPackages[1]"]
    assert problems[2].startswith("'pythonVersion'")


@pytest.mark.usefixtures("small_environments")
def test_what_is_not_known_yet_passes_the_check(provider):
    answer = provider.check(call(), {"pipPackages": [UNKNOWN], "environmentVariables": {"A": UNKNOWN, "PATH": "x"}})
    assert answer.inputs["environmentRef"] == UNKNOWN
    assert len(answer.problems) == 1


@pytest.mark.usefixtures("small_environments")
def test_importing_is_refused_with_the_way_out(provider):
    with pytest.raises(UserError, match="declare it"):
        provider.read(call(), "some-id", {})
