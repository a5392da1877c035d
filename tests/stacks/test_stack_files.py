"""The stacks that come along: what the program makes of their files."""

import pytest
import yaml

from .written import STACKS, as_pulumi_hands_over, defaults

BY_DIGEST = f"registry.example.com/team/image@sha256:{'a' * 64}"
ADDED = {
    "registryName": "visionserving",
    "apiAllowedRanges": '["203.0.113.0/24"]',
    "devicePluginImage": BY_DIGEST,
    "tritonImage": BY_DIGEST,
    "gatewayImage": BY_DIGEST,
    "tlsSecret": "digits-tls",
}


def stack_file(name: str) -> dict[str, str]:
    written = yaml.safe_load((STACKS / f"Pulumi.{name}.yaml").read_text())["config"]
    return {key.partition(":")[2]: as_pulumi_hands_over(value) for key, value in written.items()}


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
