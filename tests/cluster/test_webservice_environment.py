"""An entry script in a pod, on an environment that ScoringEnvironment made into an image."""

import pytest
from parts.base_images import push_base
from parts.cluster import SharedCluster
from parts.environment_images import Listener
from parts.environments import own_environments
from parts.webservices import Webservice
from triton_serving.models.work import Work
from triton_serving.resources.environment_image_provider import EnvironmentImageProvider
from triton_serving.resources.resource import Call

__all__ = ["own_environments"]
URN = "urn:pulumi:dev::shop::triton-serving:index:EnvironmentImage::environment-image"


@pytest.fixture
def environment(cluster: SharedCluster, request: pytest.FixtureRequest) -> str:
    request.getfixturevalue("own_environments")
    inputs = {
        "name": "digits-environment",
        "registry": f"http://{cluster.registry}/team",
        "baseImage": push_base(cluster.registry),
        "pythonVersion": "3.11",
        "allowPlainHttp": True,
        "pipPackages": ["pillow==13.0.0"],
    }
    provider = EnvironmentImageProvider()
    call = Call(URN, Listener(), Work())  # type: ignore[arg-type]
    checked = provider.check(call, inputs)
    assert checked.problems == []
    _, state = provider.create(call, checked.inputs)
    return str(state["imageRef"])


def test_a_pod_runs_the_image_as_it_is(webservice: Webservice, environment: str) -> None:
    webservice.set(mode="scoring", environmentImage=environment)
    webservice.up().fine()
    assert webservice.call(webservice.outputs()) == (200, "7 : seven")
    (pod,) = {pod["metadata"]["name"]: pod for pod in webservice.pods()}.values()
    (scoring,) = (one for one in pod["spec"]["containers"] if one["name"] == "scoring")
    assert scoring["image"] == environment
    assert scoring["securityContext"]["readOnlyRootFilesystem"] is True
