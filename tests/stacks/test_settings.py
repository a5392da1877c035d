"""The configuration of a stack: every mistake at once, and the same settings here and in Pulumi.yaml."""

import importlib.util
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def settings():
    spec = importlib.util.spec_from_file_location("settings", ROOT / "stacks" / "settings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def described():
    return yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]


def test_pulumi_yaml_describes_every_setting_and_no_other(settings):
    assert set(described()) == set(settings.MODEL_REPOSITORY)
    assert all(setting["description"] and "default" in setting for setting in described().values())


def test_the_defaults_say_nothing_but_which_model(settings):
    texts = {key: _as_pulumi_hands_over(setting["default"]) for key, setting in described().items()}
    arguments, problems = settings.read(texts, settings.MODEL_REPOSITORY)
    assert problems == []
    assert arguments == {
        "directory": "../examples/digits/models",
        "name": "digits",
        "keep_versions": 5,
        "allow_plain_http": False,
    }


def test_all_mistakes_are_told_at_once(settings):
    texts = {
        "modelNmae": "x",
        "modelDirectory": " ",
        "modelTags": "[1]",
        "keepVersions": "many",
        "pinnedVersion": "1.5",
        "allowPlainHttp": "yes",
    }
    _, problems = settings.read(texts, settings.MODEL_REPOSITORY)
    assert sorted(problems) == [
        "'allowPlainHttp' must be true or false (got 'yes')",
        "'keepVersions' must be a whole number (got 'many')",
        "'modelDirectory' must be the path of a folder (got ' ')",
        "'modelNmae' is not a setting; did you mean 'modelName'?",
        "'modelTags' must be names with a text each, such as {team: vision} (got '[1]')",
        "'pinnedVersion' must be the number of a version, or 0 (got '1.5')",
    ]


def test_every_setting_reaches_its_argument(settings):
    texts = {
        "modelDirectory": "/models",
        "modelName": "bidaf-9",
        "modelDescription": "reads",
        "modelTags": '{"teamName": "vision"}',
        "registry": "registry.example.com/team",
        "keepVersions": "0",
        "pinnedVersion": "3",
        "allowPlainHttp": "true",
    }
    arguments, problems = settings.read(texts, settings.MODEL_REPOSITORY)
    assert problems == []
    assert arguments == {
        "directory": "/models",
        "name": "bidaf-9",
        "description": "reads",
        "tags": {"teamName": "vision"},
        "registry": "registry.example.com/team",
        "keep_versions": 0,
        "pinned_version": 3,
        "allow_plain_http": True,
    }


def _as_pulumi_hands_over(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
