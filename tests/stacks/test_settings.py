"""The configuration of a stack: every mistake at once, and the same settings here and in Pulumi.yaml."""

import json
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
STACKS = ROOT / "stacks"


@pytest.fixture
def settings(monkeypatch):
    """As the program has it: it runs in its own folder."""
    monkeypatch.chdir(STACKS)
    monkeypatch.syspath_prepend(STACKS)
    yield __import__("settings")
    for module in ("settings", "tables", "example", "local_cluster"):
        sys.modules.pop(module, None)


@pytest.fixture
def tables(settings):
    return sys.modules[settings.Setting.__module__]


def described():
    return yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]


def defaults(**others):
    texts = {key: as_pulumi_hands_over(setting["default"]) for key, setting in described().items()}
    return texts | others


def as_pulumi_hands_over(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


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


def stack_file(name: str) -> dict[str, str]:
    written = yaml.safe_load((STACKS / f"Pulumi.{name}.yaml").read_text())["config"]
    return {key.partition(":")[2]: as_pulumi_hands_over(value) for key, value in written.items()}


BY_DIGEST = f"registry.example.com/team/image@sha256:{'a' * 64}"
ADDED = {
    "registryName": "visionserving",
    "apiAllowedRanges": '["203.0.113.0/24"]',
    "devicePluginImage": BY_DIGEST,
    "tritonImage": BY_DIGEST,
    "gatewayImage": BY_DIGEST,
    "tlsSecret": "digits-tls",
}


@pytest.fixture
def loaded(settings, monkeypatch):
    """The settings of a stack, as the program reads them, with what its owner has to add."""

    def load(name: str | None, **others: str):
        added = {key: text for key, text in ADDED.items() if name in ("dev", "staging", "prod", "platform")}
        texts = defaults(**{**added, **(stack_file(name) if name else {}), **others})
        monkeypatch.setattr(settings, "get_config_env", lambda: {f"p:{key}": text for key, text in texts.items()})
        monkeypatch.setattr(settings.pulumi, "get_project", lambda: "p")
        monkeypatch.setattr(settings.pulumi, "get_stack", lambda: name or "local")
        return settings.Settings.load()

    return load


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_an_environment_makes_a_cluster_an_environment_image_and_a_service(loaded, name):
    found = loaded(name)
    assert found.gpu_cluster["cluster_name"] == f"triton-{name}"
    assert found.gpu_cluster["gpu_pools"][0]["vm_size"].startswith("Standard_NC")
    assert found.gpu_cluster["triton_image"] == found.triton_webservice["triton_image"]
    assert found.scoring_environment["pip_packages"]
    assert found.triton_webservice["gpu_cores"] == 1
    assert found.local_webservice is None


def test_a_candidate_gets_its_part_of_the_requests_on_a_cluster_that_the_stack_makes(loaded):
    found = loaded("dev", candidateDirectory="examples/digits/models", candidatePercent="10")
    assert found.candidate["name"] == "digits-candidate"
    assert found.triton_webservice["candidate_percent"] == 10


def test_an_environment_image_that_is_there_already_is_not_built(loaded):
    found = loaded("dev", environmentImage=BY_DIGEST)
    assert found.scoring_environment is None
    assert found.triton_webservice["environment_image"] == BY_DIGEST


def test_a_shared_cluster_has_no_service_and_a_team_no_cluster(loaded):
    platform, vision = loaded("platform"), loaded("vision")
    assert (platform.triton_webservice, platform.cluster_stack) == (None, None)
    assert [pool["name"] for pool in platform.gpu_cluster["gpu_pools"]] == ["a100", "t4"]
    assert vision.gpu_cluster is None
    assert vision.cluster_stack == "organization/triton-serving/platform"
    assert vision.triton_webservice["gpu_cores"] == 1


def test_what_only_its_owner_knows_of_a_stack_is_asked_for_at_once(loaded, settings):
    with pytest.raises(settings.pulumi.RunError) as refused:
        loaded("staging", **dict.fromkeys(ADDED.keys() - {"apiAllowedRanges"}, ""), apiAllowedRanges="[]")
    assert {line.split("'")[1] for line in str(refused.value).splitlines()[1:]} == ADDED.keys()


def test_containers_get_the_images_of_pods(loaded):
    found = loaded("docker", mode="scoring", tritonImage="triton@sha256:1", gatewayImage="envoy@sha256:2")
    assert found.local_webservice["runs_in"] == "containers"
    assert found.local_webservice["triton_image"] == "triton@sha256:1"
    assert found.scoring_environment["pip_packages"]


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        (None, {"target": "azure"}, "'target' must be local, kubernetes, aks or aks-cluster (got 'azure')"),
        (None, {"registryName": "mine"}, "'registryName' goes with 'target' aks or aks-cluster (got local)"),
        (None, {"clusterStack": "o/p/s"}, "'clusterStack' goes with 'target' kubernetes (got local)"),
        ("vision", {"kubeconfig": "k"}, "'kubeconfig' and 'clusterStack' both say which cluster"),
        ("dev", {"kubeconfig": "k"}, "'kubeconfig' goes with 'target' kubernetes (got aks"),
        ("dev", {"runsIn": "containers"}, "'runsIn' goes with 'target' local (got aks)"),
        ("dev", {"gpuPools": '"gpu"'}, "'gpuPools' must be a list of pools"),
        ("dev", {"maintenanceHour": "noon"}, "'maintenanceHour' must be an hour from 0 to 23"),
    ],
)
def test_a_setting_that_the_target_would_lose_is_told(loaded, settings, name, given, told):
    with pytest.raises(settings.pulumi.RunError) as refused:
        loaded(name, **given)
    assert told in str(refused.value)
