"""Each of the calls by which GpuCluster comes to be fails once: the next update comes to what a good one makes.

Without a Kubernetes: what answers in its place lets everybody in, and has no objects. tests/cluster goes on from there.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from parts.azure_stacks import Azure, azure_in
from parts.engine import PythonProgram
from parts.fault_proxy import Answer, FaultProxy

PROGRAM = """
import signal

import pulumi
from triton_serving import GpuCluster

signal.signal(signal.SIGINT, signal.SIG_DFL)  # as in stacks/__main__.py
cluster = GpuCluster("gpu", {
    "location": "westeurope",
    "allow_public_api": True,
    "registry_name": "shopmodels",
    "gpu_pools": [{"name": "t4", "vm_size": "Standard_NC4as_T4_v3"}],
    "device_plugin_installed": True,
})
pulumi.export("kubeconfig", cluster.kubeconfig)
"""
CALLS = 15
"""Of one good update; their order is not always the same."""


ANYTHING = b'{"groupVersion": "v1", "resources": [], "items": [], "status": {"allowed": true}}'
"""Good as an answer to all that is asked of a cluster here."""


@dataclass(frozen=True)
class Good:
    resources: set[str]
    created: int
    kept: list[str]


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with FaultProxy() as server:
        server.answers.append(Answer(".*", 200, ANYTHING, times=None))
        at = {"name": "gpu", "cluster": {"server": server.url}}
        context = {"name": "gpu", "context": {"cluster": "gpu", "user": "gpu"}}
        user = {"name": "gpu", "user": {"token": "of nobody"}}
        file = tmp_path_factory.mktemp("cluster") / "kubeconfig"
        head = {"apiVersion": "v1", "kind": "Config", "current-context": "gpu"}
        file.write_text(json.dumps({**head, "clusters": [at], "contexts": [context], "users": [user]}))
        yield file


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, kubeconfig: Path) -> Good:
    folder = tmp_path_factory.mktemp("good")
    with azure_in(folder / "azure") as azure:
        stack = program(folder, azure, kubeconfig)
        stack.up().fine()
        assert azure.made.calls_made == CALLS
        return Good(set(azure.made.resources()), len(created(azure)), kept(stack))


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[Azure]:
    with azure_in(tmp_path / "azure") as made:
        yield made


def program(folder: Path, azure: Azure, kubeconfig: Path) -> PythonProgram:
    azure.made.stand_for(kubeconfig=kubeconfig, registry="127.0.0.1:5000")
    made = PythonProgram(folder).make(PROGRAM)
    made.environ |= azure.environment()
    azure.made.link(folder / "home")
    return made


def created(azure: Azure) -> list[str]:
    calls = [one for one in azure.made.calls() if one["operation"] == "create"]
    return sorted(one["identity"] for one in calls if one["status"] == 200)


def kept(stack: PythonProgram) -> list[str]:
    return sorted(one["urn"] for one in json.loads(stack.export())["deployment"]["resources"])


@pytest.mark.parametrize("call", range(1, CALLS + 1))
def test_whatever_call_fails_the_next_update_makes_the_rest(
    tmp_path: Path, azure: Azure, kubeconfig: Path, good: Good, call: int
) -> None:
    stack = program(tmp_path, azure, kubeconfig)
    azure.made.fail("AuthorizationFailed", call=call)
    told = stack.up()
    assert told.code != 0
    assert 'Code="AuthorizationFailed"' in told.text
    stack.up().fine()
    assert set(azure.made.resources()) == good.resources
    assert len(created(azure)) == len(set(created(azure))) == good.created
    assert kept(stack) == good.kept


def test_an_update_after_a_destruction_that_was_stopped_takes_a_refresh_first(
    tmp_path: Path, azure: Azure, kubeconfig: Path, good: Good
) -> None:
    """Azure goes on removing what Pulumi still has in its state: only who looks knows."""
    stack = program(tmp_path, azure, kubeconfig)
    stack.up().fine()
    azure.made.delay(120, operation="delete", kind="ManagedCluster")
    running = stack.start("destroy", "--yes", "--skip-preview")
    running.until(lambda: "managedClusters" not in azure.kinds())
    running.press_ctrl_c()
    assert running.outcome().code != 0
    stack.up().refused('Code="ResourceNotFound"', "run 'pulumi refresh' first")
    stack.refresh().fine()
    stack.up().fine()
    assert set(azure.made.resources()) == good.resources
    assert kept(stack) == good.kept
