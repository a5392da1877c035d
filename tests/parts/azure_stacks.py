"""The project's own stacks for Azure, on stand-ins of their own and a real cluster: what `scripts/rehearse` does."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from .asking import ask
from .azure_manager import AzureManager
from .cluster import SharedCluster
from .engine import ServiceProgram
from .identity_endpoint import IdentityEndpoint
from .rehearsal import completed, make_room, written_settings
from .stand_in_azure import StandInAzure

CHANGING = ("create", "update", "delete")
NO_IMAGE = f"10.0.0.1:5000/none@sha256:{'0' * 64}"
"""Where nothing gets as far as to pull one."""


class Images(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return NO_IMAGE


@dataclass(frozen=True)
class Azure:
    """All that a stack's way to Azure meets there: what it makes, and what it is told."""

    made: StandInAzure
    told: AzureManager
    identity: IdentityEndpoint

    def environment(self) -> dict[str, str]:
        return {**self.made.environment(), **self.told.environment(), **self.identity.environment()}

    def kinds(self) -> list[str]:
        """The kind of each resource that there is; several of one kind are there several times."""
        return sorted(identity.split("/")[-2] for identity in self.made.resources())

    def changes(self, since: int = 0) -> list[tuple[str, str]]:
        """What was asked of Azure after a call, without what only looks."""
        asked = [one for one in self.made.calls() if one["call"] > since and one["operation"] in CHANGING]
        return [(one["operation"], one["kind"]) for one in asked]


@contextmanager
def azure_in(folder: Path, cluster: SharedCluster | None = None) -> Iterator[Azure]:
    """Without a cluster nobody gets further than a preview."""
    place = {"kubeconfig": cluster.kubeconfig, "registry": cluster.registry} if cluster else {}
    with IdentityEndpoint() as identity, AzureManager(identity) as manager:
        make_room(manager)
        yield Azure(StandInAzure(folder, **place), manager, identity)  # type: ignore[arg-type]


class AzureStack(ServiceProgram):
    """One of stacks/Pulumi.*.yaml; those of one folder share project, state and Azure."""

    def __init__(self, folder: Path, name: str, azure: Azure, images: Mapping[str, str] | None = None) -> None:
        super().__init__(folder, f"rehearsal-{name}")
        self.azure, self.settings = azure, completed(written_settings(name), Images(images or {}))
        self.environ |= azure.environment()

    def make(self) -> Self:
        super().make()
        self.azure.made.link(self.folder / "home")
        self.set()
        return self

    def kept(self) -> dict[str, list[str]]:
        """What is in the state: the names of resources by their type."""
        found: dict[str, list[str]] = {}
        for one in json.loads(self.export())["deployment"].get("resources", []):
            found.setdefault(one["type"], []).append(one["urn"].rpartition("::")[2])
        return found


class ModelsOnAzure(AzureStack):
    """The same place and the same models without the service: no pod has to start, so that a run takes seconds."""

    PROGRAM = """
import pulumi
from place import place_of
from settings import Settings
from triton_serving import TritonModelRepository

settings = Settings.load()
place = place_of(settings)
registry = pulumi.Output.concat("http://", place.registry, "/models")
options = pulumi.ResourceOptions(deleted_with=place.gone_with)
models = TritonModelRepository("models", {**settings.model_repository, "registry": registry}, options)
pulumi.export("imageRef", models.image_ref)
"""

    def make(self) -> Self:
        super().make()
        (self.project / "stacks" / "__main__.py").write_text(self.PROGRAM)
        return self


def repositories(registry: str, *folders: str) -> dict[str, list[str]]:
    """What a registry keeps below some folders: the tags of each repository."""
    names = json.loads(ask(f"http://{registry}/v2/_catalog?n=1000")[1])["repositories"]
    wanted = [name for name in names if name.partition("/")[0] in folders]
    listed = {name: json.loads(ask(f"http://{registry}/v2/{name}/tags/list")[1]) for name in wanted}
    return {name: sorted(answer.get("tags") or []) for name, answer in listed.items()}
