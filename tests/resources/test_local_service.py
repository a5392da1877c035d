"""What LocalService says in previews: every mistake at once, every changed file, and when nothing runs any more."""

import pytest
from triton_serving.models.work import Work
from triton_serving.resources.engine import Engine
from triton_serving.resources.local_inputs import source_of
from triton_serving.resources.local_service_provider import LocalServiceProvider
from triton_serving.resources.resource import Call, Change
from triton_serving.resources.values import UNKNOWN
from triton_serving.rules.problems import UserError

URN = "urn:pulumi:dev::shop::triton-serving:index:LocalService::digits"
PROVIDER = LocalServiceProvider()
IMAGE = "oci-layout:///models/digits@sha256:" + "0" * 64
ENVIRONMENT = "local-environment@sha256:" + "0" * 64
SCRIPT = "def init():\n    pass\n\n\ndef run(data):\n    return data\n"


@pytest.fixture(autouse=True)
def folders_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def script(tmp_path):
    file = tmp_path / "score.py"
    file.write_text(SCRIPT)
    return file


def call(preview=False):
    return Call(URN, Engine("127.0.0.1:1"), Work(), preview)


def check(**inputs):
    return PROVIDER.check(call(), {"name": "digits", **inputs})


def test_a_direct_service_needs_a_model_and_nothing_else():
    assert check(model=IMAGE).problems == []


def test_the_files_of_the_script_are_inputs_so_that_a_preview_shows_them(script):
    checked = check(model=IMAGE, entryScript=str(script), environment=ENVIRONMENT)
    assert checked.problems == []
    assert set(checked.inputs["files"]) == {"score.py"}
    assert checked.inputs["sourceDigest"].startswith("sha256:")


def test_every_mistake_is_told_at_once():
    told = check(model="digits:1", port=70000, scoringTimeoutMs=0, mdoe="direct", name="D").problems
    assert len(told) == 5
    assert any("did you mean 'mode'" in problem for problem in told)


def test_mistakes_of_the_script_are_told_beside_those_of_the_values(script):
    script.write_text("def init():\n    pass\n")
    given = {"model": IMAGE, "environment": ENVIRONMENT, "port": 70000}
    told = check(entryScript=str(script), **given).problems
    assert ["port" in told[0], "function run" in told[1], len(told)] == [True, True, 2]
    for unreadable in (UNKNOWN, 5):
        assert "port" in str(check(entryScript=unreadable, **given).problems)


def test_a_script_that_could_not_run_is_told_with_its_line(script):
    script.write_text("def init():\n    pass\n")
    (told,) = check(model=IMAGE, entryScript=str(script), environment=ENVIRONMENT).problems
    assert "score.py" in told
    assert "run" in told


def test_what_is_not_known_yet_is_not_judged(script):
    checked = check(model=UNKNOWN, entryScript=str(script), environment=UNKNOWN, port=UNKNOWN)
    assert checked.problems == []


def state(**inputs):
    return {**check(model=IMAGE, **inputs).inputs, "logs": "/nowhere/logs", "state": "Healthy"}


def test_a_changed_line_of_the_script_is_shown_as_that_file(script):
    script_mode = {"entryScript": str(script), "environment": ENVIRONMENT}
    before = state(**script_mode)
    script.write_text(SCRIPT + "\n# more\n")
    changes = PROVIDER.diff(call(), before, check(model=IMAGE, **script_mode).inputs)
    assert changes == {'files["score.py"]': Change.UPDATE}


def test_settings_that_change_are_updates_in_place():
    changes = PROVIDER.diff(call(), state(), check(model=IMAGE, port=0, description="new").inputs)
    assert changes == {"port": Change.ADD, "description": Change.ADD}


def test_a_service_that_nobody_runs_any_more_is_started_again_by_a_plain_update():
    before = state()
    assert PROVIDER.diff(call(), before, check(model=IMAGE).inputs) == {"state": Change.UPDATE}
    assert PROVIDER.read(call(), "digits-1:1", {**before, "scoringUri": "x"}) is None


def test_deleting_takes_the_folder_that_the_state_names_wherever_data_goes_by_now(tmp_path):
    folder = tmp_path / "data of yesterday" / "digits-1"
    (folder / "logs").mkdir(parents=True)
    (folder / "turn").write_text("2")
    before = {**state(), "logs": str(folder / "logs")}
    PROVIDER.delete(call(), "digits-1:1", before)
    assert folder.exists(), "a later resource took it over"
    PROVIDER.delete(call(), "digits-1:2", before)
    assert not folder.exists()


def test_a_script_that_changed_since_its_preview_is_not_deployed(script):
    inputs = check(model=IMAGE, entryScript=str(script), environment=ENVIRONMENT).inputs
    assert source_of(inputs).digest == inputs["sourceDigest"]
    script.write_text(SCRIPT.replace("return data", "return None"))
    with pytest.raises(UserError, match=r"score\.py changed while it was being deployed; wait until nothing writes"):
        source_of(inputs)
