"""The configuration of a stack: every mistake at once, and the same settings here and in Pulumi.yaml."""

import json
import sys
from pathlib import Path

import pytest

from .written import ROOT, defaults, described


@pytest.fixture
def tables(settings):
    return sys.modules[settings.Setting.__module__]


def completed(settings, **others):
    arguments, problems = settings.read(defaults(**others))
    assert problems == []
    return sys.modules["example"].complete(arguments)


def test_pulumi_yaml_describes_every_setting_and_no_other(tables):
    assert set(described()) == set(tables.ALL)
    assert all(setting["description"] and "default" in setting for setting in described().values())


def test_the_defaults_serve_the_digits_directly_on_the_port_of_azure_mls_tutorials(settings):
    arguments, problems = completed(settings)
    assert problems == []
    assert arguments == {
        "example": "digits",
        "mode": "direct",
        "modelDirectory": "../examples/digits/models",
        "modelName": "digits",
        "serviceName": "digits",
        "keepVersions": 5,
        "allowPlainHttp": False,
        "allowUnencryptedClients": False,
        "numReplicas": 1,
        "port": 6789,
        "request": {
            "path": "/v2/models/digits/infer",
            "file": "examples/digits/request.json",
            "contentType": "application/json",
        },
    }


@pytest.mark.parametrize("mode", ["scoring", "script"])
def test_one_setting_switches_the_mode_of_an_example(settings, mode):
    arguments, problems = completed(settings, mode=mode)
    assert problems == []
    assert Path(arguments["entryScript"]).is_file()
    assert arguments["pipPackages"]
    assert (ROOT / arguments["request"]["file"]).is_file()


@pytest.mark.parametrize("file", sorted(ROOT.glob("examples/*/example.json")), ids=lambda file: file.parent.name)
def test_every_example_can_be_served_in_each_of_its_modes(settings, file):
    for mode in json.loads(file.read_text())["modes"]:
        arguments, problems = completed(settings, example=file.parent.name, mode=mode)
        assert problems == []
        assert Path(arguments["modelDirectory"]).is_dir()


def test_what_a_stack_says_itself_wins_over_its_example(settings):
    arguments, _ = completed(settings, mode="scoring", serviceName="mine", pipPackages='["pillow"]')
    assert arguments["serviceName"] == "mine"
    assert arguments["pipPackages"] == ["pillow"]


def test_an_examples_model_may_be_registered_under_another_name(settings):
    arguments, problems = completed(settings, modelName="numbers")
    assert problems == []
    assert arguments["modelName"] == "numbers"


def test_a_model_of_ones_own_has_nothing_of_the_example(settings):
    own = {"modelDirectory": "m", "modelName": "bidaf", "entryScript": "score.py"}
    arguments, problems = completed(settings, mode="scoring", **own)
    assert problems == []
    assert arguments["modelDirectory"] == "../m"
    assert arguments["entryScript"] == "../score.py"
    assert not {"serviceName", "request", "pipPackages"} & set(arguments)


def test_an_entry_script_lies_in_its_source_directory_when_there_is_one(settings):
    own = {"modelDirectory": "m", "modelName": "bidaf", "entryScript": "score.py", "sourceDirectory": "src"}
    arguments, _ = completed(settings, mode="scoring", **own)
    assert arguments["sourceDirectory"] == "../src"
    assert arguments["entryScript"] == "score.py"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"mode": "driect"}, "'mode' must be direct, scoring or script (got 'driect')"),
        ({"example": "digit"}, "'example' must be one of digits"),
        ({"entryScript": "score.py"}, "'entryScript' goes with 'modelDirectory', which is not set"),
        ({"modelDirectory": "m"}, "'modelName' is needed with 'modelDirectory'"),
        (
            {"modelDirectory": "m", "modelName": "n", "mode": "script"},
            "'entryScript' is needed with 'modelDirectory'",
        ),
    ],
    ids=["mode", "example", "half an example", "half a model", "no script"],
)
def test_settings_that_do_not_go_together_are_told_with_the_way_out(settings, given, told):
    _, problems = completed(settings, **given)
    assert len(problems) == 1
    assert problems[0].startswith(told)


def test_all_mistakes_are_told_at_once(settings):
    texts = {
        "modelNmae": "x",
        "mode": " ",
        "modelTags": "[1]",
        "keepVersions": "many",
        "pinnedVersion": "1.5",
        "allowPlainHttp": "yes",
        "pipPackages": "nltk",
        "port": "http",
        "environmentVariables": '{"WORKER_COUNT": 2}',
    }
    _, problems = settings.read(texts)
    assert sorted(problems) == [
        "'allowPlainHttp' must be true or false (got 'yes')",
        """'environmentVariables' must be names with a text each, such as {WORKER_COUNT: "2"} """
        """(got '{"WORKER_COUNT": 2}')""",
        "'keepVersions' must be a whole number (got 'many')",
        "'mode' must be direct, scoring or script (got ' ')",
        "'modelNmae' is not a setting; did you mean 'modelName'?",
        "'modelTags' must be names with a text each, such as {team: vision} (got '[1]')",
        "'pinnedVersion' must be the number of a version, or 0 (got '1.5')",
        "'pipPackages' must be a list of packages, such as [nltk==3.9.2] (got 'nltk')",
        "'port' must be the number of a port, or 0 (got 'http')",
    ]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("numReplicas", "1_0"),
        ("gpuCores", "\u0663"),
        ("keepVersions", "1_0"),
        ("cpuCores", "1_0"),
        ("memoryGb", "\u0663"),
        ("modelDirectory", "~nobody-here/models"),
        ("kubeconfig", "~nobody-here/config"),
    ],
)
def test_a_text_that_python_reads_in_its_own_way_is_told(settings, key, text):
    _, problems = settings.read({key: text})
    assert [problem for problem in problems if problem.startswith(f"'{key}' must be ") and repr(text) in problem]
    assert len(problems) == 1


def test_every_setting_reaches_an_argument_of_its_component(tables):
    from triton_serving import (
        GpuClusterArgs,
        LocalWebserviceArgs,
        ScoringEnvironmentArgs,
        TritonModelRepositoryArgs,
        TritonWebserviceArgs,
    )

    groups = {
        TritonModelRepositoryArgs: tables.MODEL_REPOSITORY,
        ScoringEnvironmentArgs: {**tables.SCORING_ENVIRONMENT, **tables.IMAGE},
        LocalWebserviceArgs: {**tables.LOCAL_WEBSERVICE, **tables.ENTRY_SCRIPT},
        TritonWebserviceArgs: {**tables.WEBSERVICE, **tables.KUBERNETES, **tables.ENTRY_SCRIPT},
        GpuClusterArgs: tables.GPU_CLUSTER,
    }
    for arguments, group in groups.items():
        assert {setting.argument for setting in group.values()} <= set(arguments.__annotations__)
