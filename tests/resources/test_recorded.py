"""States that another version of this package wrote: a field less, or one more. Nobody sees a traceback."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from triton_serving.models.work import Work
from triton_serving.resources.api_keys_provider import ApiKeysProvider
from triton_serving.resources.azure_capacity_provider import AzureCapacityProvider
from triton_serving.resources.cluster_entrance_provider import ClusterEntranceProvider
from triton_serving.resources.container_rollout_provider import ContainerRolloutProvider
from triton_serving.resources.container_service_provider import ContainerServiceProvider
from triton_serving.resources.engine import Engine
from triton_serving.resources.environment_image_provider import EnvironmentImageProvider
from triton_serving.resources.kubernetes_service_provider import KubernetesServiceProvider
from triton_serving.resources.local_service_provider import LocalServiceProvider
from triton_serving.resources.model_version_provider import ModelVersionProvider
from triton_serving.resources.python_environment_provider import PythonEnvironmentProvider
from triton_serving.resources.recorded import recorded, refreshable, to_add
from triton_serving.resources.resource import Call, Change, Resource
from triton_serving.resources.service_rollout_provider import ServiceRolloutProvider
from triton_serving.resources.values import Properties
from triton_serving.rules.problems import UserError

DIGEST = "sha256:" + "0" * 64
IMAGE = f"oci-layout://models/d@{DIGEST}"
ADDRESSES = {
    "scoringUri": "http://x",
    "inferUris": {},
    "healthUri": "http://x:6789",
    "swaggerUri": "",
    "grpcTarget": "",
}
POOL = {"name": "gpu", "vmSize": "Standard_NC4as_T4_v3", "nodes": 1}
ROLLOUT = {"service": "d", "mode": "direct", "served": {"d": [1]}, "primaryKey": "k" * 16, "secondaryKey": "l" * 16}

STATES: dict[type[Any], tuple[Properties, Properties]] = {
    ApiKeysProvider: ({"primaryRotation": "1"}, {"primaryKey": "k" * 16, "secondaryKey": "l" * 16}),
    AzureCapacityProvider: (
        {"subscriptionId": "s", "location": "westeurope", "pools": [POOL], "grantsRoles": True},
        {"vcpusWanted": {}, "vcpusLeft": {}},
    ),
    ClusterEntranceProvider: ({"cluster": "/x", "kubeconfig": "{}"}, {"openedKubeconfig": "{}"}),
    ContainerServiceProvider: (
        {"name": "d", "model": IMAGE, "gatewayImage": IMAGE, "tritonImage": IMAGE, "mode": "direct", "port": 0},
        {
            "containers": {"gateway": {}, "triton": {}}, "folder": "services/d-1", "slot": 0, "usedPort": 6789,
            "served": {"d": [1]}, "startupSeconds": 60, "gpus": False, "sourceDigest": "", "modelDigest": DIGEST,
        },
    ),
    ContainerRolloutProvider: (
        {
            **ROLLOUT, "folder": "services/d-1", "containers": {"gateway": "1"}, "names": {"gateway": "d"}, "slot": 0,
            "port": 6789, "modelDigest": DIGEST, "sourceDigest": "", "startupSeconds": 60,
        },
        {**ADDRESSES, "state": "Healthy", "logs": "docker logs d"},
    ),
    EnvironmentImageProvider: (
        {"name": "e", "registry": "oci-layout://images", "pipPackages": [], "environmentVariables": {}},
        {
            "digest": DIGEST, "base": IMAGE, "interpreter": "/python", "python": "3.11", "requirements": [],
            "lock": {"numpy": "2.4.6 sha256:x"}, "layers": {}, "scoringServer": "1 x", "packages": [],
            "imageRef": IMAGE, "history": [DIGEST],
        },
    ),
    KubernetesServiceProvider: (
        {"name": "d", "model": IMAGE, "candidateModel": IMAGE, "candidatePercent": 0, "renderer": "1"},
        {
            "manifests": {}, "secretManifests": {}, "fingerprint": "f", "routesVersions": ["1"],
            "chosenStrategy": "surge", "strategyReason": "r", "served": {"d": [1]}, "progressSeconds": 60,
            "editions": {}, "modelDigest": DIGEST, "serviceNamespace": "d",
        },
    ),
    ServiceRolloutProvider: (
        {
            **ROLLOUT, "namespace": "d", "deployments": ["d"], "uids": ["u"], "progressSeconds": 60,
            "routesVersions": ["1"], "exposure": "cluster", "kubeconfig": "nothing", "fingerprint": "f",
        },
        {**ADDRESSES, "state": "Healthy"},
    ),
    LocalServiceProvider: (
        {"name": "d", "model": IMAGE, "mode": "direct", "port": 0},
        {**ADDRESSES, "state": "Healthy", "logs": "services/d-1/logs", "modelDigest": DIGEST},
    ),
    ModelVersionProvider: (
        {"name": "d", "directory": "models", "registry": "oci-layout://models"},
        {
            "digest": DIGEST, "files": {"a": "1 byte"}, "models": {"d": [1]}, "imageRef": IMAGE, "version": 1,
            "history": [{"version": 1, "digest": DIGEST}], "highestVersion": 1,
        },
    ),
    PythonEnvironmentProvider: (
        {"pythonVersion": "3.11", "pipPackages": [], "environmentVariables": {}},
        {"requirements": [], "environmentRef": f"local-environment@{DIGEST}", "packages": []},
    ),
}  # fmt: skip
"""What each resource is given, and what its update adds to that."""
NOWHERE = {
    "DOCKER_HOST": "unix:///nowhere",
    "AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential",
    "TRITON_SERVING_ARM_ENDPOINT": "http://127.0.0.1:1",
}
READ_IN_CHECK = ("digest", "files", "models", "renderer", "requirements", "environmentRef", "base", "lock")
"""Of what is added, what stands in the inputs already when an update begins."""
LESS = [
    pytest.param(kind, field, id=f"{kind.__name__.removesuffix('Provider')}-{field}")
    for kind, parts in STATES.items()
    for field in parts[0] | parts[1]
]


@pytest.fixture(autouse=True)
def folders_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name, nowhere in NOWHERE.items():
        monkeypatch.setenv(name, nowhere)


def call(preview: bool = False) -> Call:
    return Call("urn:pulumi:dev::shop::triton-serving:index:X::x", Engine("127.0.0.1:1"), Work(), preview)


def news(kind: type[Any], tmp_path: Path) -> Properties:
    given, added = here(STATES[kind], tmp_path)
    return given | {key: added[key] for key in READ_IN_CHECK if key in added}


def here(value: Any, tmp_path: Path) -> Any:
    """With folders below the test's own."""
    if isinstance(value, str):
        beginning = "oci-layout://" if value.startswith("oci-layout://") else ""
        rest = value.removeprefix(beginning)
        return f"{beginning}{tmp_path}/{rest}" if beginning or rest.startswith("services/") else value
    if isinstance(value, Mapping):
        return {key: here(item, tmp_path) for key, item in value.items()}
    return type(value)(here(item, tmp_path) for item in value) if isinstance(value, list | tuple) else value


def state(kind: type[Any], tmp_path: Path) -> Properties:
    given, added = here(STATES[kind], tmp_path)
    return {**given, **added}


def questions(resource: Resource, olds: Properties, given: Properties) -> list[Callable[[], object]]:
    olds = recorded(olds)
    return [
        lambda: resource.diff(call(preview=True), olds, given),
        lambda: resource.update(call(preview=True), "d-1:1", olds, given),
        lambda: resource.read(call(), "d-1:1", refreshable(resource.schema, olds)),
        lambda: resource.delete(call(), "d-1:1", olds),
    ]


@pytest.mark.parametrize(("kind", "field"), LESS)
def test_what_the_state_lacks_never_ends_in_a_traceback(kind: type[Any], field: str, tmp_path: Path) -> None:
    olds = state(kind, tmp_path)
    del olds[field]
    for question in questions(kind(), olds, news(kind, tmp_path)):
        with suppress(UserError):
            question()


@pytest.mark.parametrize("kind", STATES)
def test_what_the_schema_promises_and_the_state_lacks_is_added_by_up(kind: type[Any], tmp_path: Path) -> None:
    whole = state(kind, tmp_path)
    assert to_add(kind.schema, whole) == {}
    for field in kind.schema["required"]:
        lacking = recorded({key: value for key, value in whole.items() if key != field})
        assert to_add(kind.schema, lacking) == {field: Change.ADD}
        with pytest.raises(UserError, match=f"lacks '{field}' of this resource.*`pulumi up`, which adds that"):
            refreshable(kind.schema, lacking)


@pytest.mark.parametrize("kind", STATES)
def test_what_the_state_has_more_changes_nothing(kind: type[Any], tmp_path: Path) -> None:
    def told(olds: Properties) -> list[str]:
        found = []
        for question in questions(kind(), olds, news(kind, tmp_path)):
            try:
                found.append(repr(question()).replace(", 'ofALaterVersion': {'a': [1]}", ""))
            except UserError as error:
                found.append(str(error))
        return found

    whole = state(kind, tmp_path)
    assert told({**whole, "ofALaterVersion": {"a": [1]}}) == told(whole)


def test_what_a_resource_cannot_do_without_is_told() -> None:
    olds = recorded({"history": [{"version": 1}]})
    with pytest.raises(UserError, match=r"lacks 'logs' of this resource.*run that version, or put back the state"):
        olds["logs"]
    with pytest.raises(UserError, match="lacks 'digest'"):
        olds["history"][0]["digest"]


def test_an_import_begins_without_a_state_and_is_the_resources_own_to_refuse() -> None:
    with pytest.raises(UserError, match="cannot be imported"):
        ModelVersionProvider().read(call(), "x", refreshable(ModelVersionProvider.schema, recorded({})))


def test_keys_that_are_gone_are_not_made_anew_in_silence() -> None:
    olds = recorded({"secondaryKey": "l" * 16})
    keys = ApiKeysProvider()
    with pytest.raises(UserError, match=r"lacks 'primaryKey'.*give the key that clients have as 'primaryKey', or"):
        keys.update(call(), "x", olds, {})
    assert keys.diff(call(), olds, {"primaryKey": "k" * 16}) == {}
    assert keys.update(call(), "x", olds, {"primaryKey": "k" * 16})["secondaryKey"] == "l" * 16
    assert keys.update(call(), "x", olds, {"primaryRotation": "2"})["primaryKey"]


def test_pools_in_another_form_are_asked_for_as_if_they_were_new(tmp_path: Path) -> None:
    olds = state(AzureCapacityProvider, tmp_path) | {"pools": [{"size": "Standard_NC4as_T4_v3"}]}
    for question in questions(AzureCapacityProvider(), olds, news(AzureCapacityProvider, tmp_path)):
        with suppress(UserError):
            question()
