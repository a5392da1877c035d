"""A stack's way to Azure on this machine: what is real, what stands in for Azure, and the settings that both need."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from programs import pulumi_kubernetes
from programs.cluster.cluster import Cluster
from programs.cluster.trouble import Trouble
from programs.cluster_images import REHEARSAL, push_images
from programs.pins import ROOT
from programs.progress import step
from triton_serving.plan.azure.agent_pools import most_gpus
from triton_serving.rules.azure_gpu_sizes import SIZES as GPU_SIZES

from .azure_manager import AzureManager, size, usage
from .identity_endpoint import IdentityEndpoint
from .stand_in_azure import StandInAzure

PROJECT = "triton-serving"
PREFIX = "rehearsal-"
"""Of the stacks' names: a rehearsal must never be taken for the real one, nor write into its settings."""
SIZES = {"cpuCores": "0.25", "memoryGb": "1", "scriptCpuCores": "0.25", "scriptMemoryGb": "0.5"}
"""One machine is not much: a second pod has to fit beside the first during an update."""
OPEN = {"exposure": "load-balancer", "allowUnencryptedClients": True}
"""The load balancer of a cluster here has addresses that only this machine reaches."""
MADE_BEFORE = (
    *("namespace", "tlsSecret", "tlsCertificate", "tlsPrivateKey", "hostName", "monitoringNamespace", "login"),
    *("adoptRegistry", "environmentImage", "devicePluginInstalled", "privateApi", "allowPublicApi"),
)
"""What a platform team has made before, how a pipeline signs in, and what is told in another way here."""
HEAD = """# Written by `make rehearse STACK={stack}` out of Pulumi.{stack}.yaml: change that file, and run it again.
"""
MAKING = ("aks", "aks-cluster")
"""Targets whose stacks make a cluster on Azure."""
TOLD_BY_AN_ACCOUNT = {"registryName": "tritonrehearsal", "apiAllowedRanges": ["198.51.100.0/24"]}


def written_settings(stack: str) -> dict[str, Any]:
    return settings_in(ROOT / "stacks" / f"Pulumi.{stack}.yaml")


def settings_in(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Trouble(f"{file.name} is no YAML: {error}") from None
    config = content.get("config") if isinstance(content, dict) else None
    if not isinstance(config, dict):
        raise Trouble(f"{file.name} must have 'config' with the stack's settings below it")
    return {str(key).removeprefix(f"{PROJECT}:"): value for key, value in config.items()}


def check(written: Mapping[str, Any]) -> None:
    """Only before something is made: what there is can be taken down whatever has been written since."""
    target, shared = written.get("target"), written.get("clusterStack")
    if target not in MAKING and (target != "kubernetes" or shared is None):
        ways = " or ".join(MAKING)
        raise Trouble(f"'target' must be {ways}, or kubernetes with 'clusterStack' (got {target!r})")
    if shared is not None and str(shared).count("/") != 2:
        raise Trouble(f"'clusterStack' must be organization/project/stack (got {shared!r})")
    if "adoptCluster" in written:
        raise Trouble("'adoptCluster' cannot be rehearsed, as the stand-in for Azure begins with nothing; leave it out")


def completed(written: Mapping[str, Any], images: Mapping[str, str]) -> dict[str, Any]:
    """A stack's own settings, with what an Azure account would have told; sizes and ways in that fit here."""
    told: dict[str, Any] = {"allowPlainHttp": True}
    scored = written.get("mode", "direct") == "scoring"
    wanted: list[str] = []
    if written["target"] in MAKING:
        told |= TOLD_BY_AN_ACCOUNT
        wanted.append("devicePluginImage")
    if written["target"] != "aks-cluster":
        told |= OPEN | (SIZES if scored else {key: SIZES[key] for key in ("cpuCores", "memoryGb")})
        wanted += ["tritonImage", "gatewayImage", *(["baseImage"] if scored else [])]
    if "clusterStack" in written:
        organization, project, stack = written["clusterStack"].split("/")
        told["clusterStack"] = f"{organization}/{project}/{PREFIX}{stack}"
    kept = {key: value for key, value in written.items() if key not in MADE_BEFORE}
    return {**kept, **told, **{name: images[name] for name in wanted}}


class Rehearsal:
    """Stacks that share a cluster share the rehearsal of the one that makes it."""

    def __init__(self, stack: str) -> None:
        self.stack = stack
        self.written = written_settings(stack)
        self.world = str(self.written.get("clusterStack", stack)).rpartition("/")[2]
        self.folder = ROOT / ".rehearsal" / self.world
        self.cluster = Cluster(ROOT / ".cluster" / f"{PREFIX}{self.world}")

    @cached_property
    def azure(self) -> StandInAzure:
        """What it hands out has to be there first."""
        kubeconfig, registry = self.cluster.kubeconfig, self.cluster.registry
        return StandInAzure(self.folder / "azure", kubeconfig=kubeconfig, registry=registry)

    @property
    def config(self) -> Path:
        return ROOT / "stacks" / f"Pulumi.{PREFIX}{self.stack}.yaml"

    @property
    def others(self) -> list[str]:
        """The other stacks of this rehearsal."""
        states = (self.folder / "state" / ".pulumi" / "stacks" / PROJECT).glob(f"{PREFIX}*.json")
        return sorted({file.stem.removeprefix(PREFIX) for file in states} - {self.stack})

    def prepare(self) -> None:
        check(self.written)
        self.cluster.up()
        with step("making and sending images"):
            images = push_images(self.cluster.registry, REHEARSAL, gpus=self._gpus())
        home = self.folder / "pulumi"
        for folder in (home, self.folder / "state"):
            folder.mkdir(parents=True, exist_ok=True)
        pulumi_kubernetes.PLUGIN.link((ROOT / ".tools" / "bin" / "pulumi-kubernetes").resolve(), home)
        self.azure.link(home)
        settings = {f"{PROJECT}:{key}": value for key, value in completed(self.written, images).items()}
        self.config.write_text(HEAD.format(stack=self.stack) + yaml.safe_dump({"config": settings}))

    def run(self, script: str, *arguments: str) -> int:
        """One of the project's scripts, in the rehearsal's environment."""
        command = [sys.executable, str(ROOT / "scripts" / script), *arguments]
        with told_of_azure() as environ:
            return subprocess.run(command, env={**os.environ, **self._environ(), **environ}).returncode

    def _gpus(self) -> int:
        """Its one node has as many as the pools have at their largest, so that an update goes as it would in Azure."""
        try:
            return most_gpus(written_settings(self.world).get("gpuPools") or [])
        except (AttributeError, KeyError, TypeError, ValueError):
            return 0  # what is wrong with the pools is for the preview to tell

    def forget(self) -> None:
        self.cluster.down()
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in (self.folder.parent, ROOT / ".cluster"):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def _environ(self) -> dict[str, str]:
        """A Pulumi home of its own: the stand-in must never answer for a stack that means Azure."""
        passphrase = self.folder / "passphrase"
        if not passphrase.exists():
            passphrase.write_text("of a rehearsal")
        return {
            **self.azure.environment(),
            "STACK": f"{PREFIX}{self.stack}",
            "PULUMI_HOME": str(self.folder / "pulumi"),
            "PULUMI_BACKEND_URL": f"file://{quote(str(self.folder / 'state'))}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase),
        }


@contextmanager
def told_of_azure() -> Iterator[dict[str, str]]:
    """Who is signed in, and which sizes, quotas and rights a subscription has; in variables for pulumi."""
    with IdentityEndpoint() as identity, AzureManager(identity) as manager:
        make_room(manager)
        yield {**identity.environment(), **manager.environment()}


def make_room(manager: AzureManager) -> None:
    """A subscription that is offered every size with GPUs, in which each of the stacks fits, and has nothing yet."""
    manager.groups.clear()
    known = {described["name"] for described in manager.sizes}
    counted = {told["name"]["value"].lower() for told in manager.usages}
    for name, facts in GPU_SIZES.items():
        if name not in known:
            manager.sizes.append(size(name, facts.quota_family, facts.vcpus))
        if facts.quota_family.lower() not in counted:
            counted.add(facts.quota_family.lower())
            manager.usages.append(usage(facts.quota_family, f"{facts.quota_family} vCPUs", 0, 0))
    for told in manager.usages:
        told["limit"] = 500
