"""A stand-in for Azure behind Pulumi's provider `azure-native`: what tests and rehearsals tell it and ask of it."""

import os
import shlex
import sys
from pathlib import Path
from typing import Any

from stand_in_azure import ids
from stand_in_azure.asked import Put
from stand_in_azure.azure import keep
from stand_in_azure.bodies import outputs
from stand_in_azure.errors import STATUS
from stand_in_azure.faults import SLOW, Fault
from stand_in_azure.kinds import KINDS, SUBSCRIPTION
from stand_in_azure.kubernetes_side import KubernetesSide
from stand_in_azure.server import FOLDER, VERSION
from stand_in_azure.storage import Settings, Storage

TESTS = Path(__file__).parents[1]
PROGRAM = "pulumi-resource-azure-native"


class StandInAzure:
    """Azure in a folder, which outlives the plugin's processes. Those that are given the same folder share it."""

    subscription = SUBSCRIPTION

    def __init__(
        self, folder: Path, *, kubeconfig: Path | None = None, registry: str | None = None, taint_nodes: bool = True
    ) -> None:
        self.folder = folder
        self._storage = Storage(folder)
        self.stand_for(kubeconfig=kubeconfig, registry=registry, taint_nodes=taint_nodes)

    def stand_for(
        self, *, kubeconfig: Path | None = None, registry: str | None = None, taint_nodes: bool = True
    ) -> None:
        """Which real Kubernetes is handed out as the cluster, and which real registry as the registry."""
        self._storage.configure(Settings(str(kubeconfig) if kubeconfig else None, registry, taint_nodes))

    def environment(self) -> dict[str, str]:
        """What pulumi has to be started with."""
        return {FOLDER: str(self.folder), "ARM_SUBSCRIPTION_ID": SUBSCRIPTION}

    def link(self, pulumi_home: Path) -> None:
        """Makes the stand-in this PULUMI_HOME's plugin, in the very version that the Python package asks for."""
        at = pulumi_home / "plugins" / f"resource-azure-native-v{VERSION}" / PROGRAM
        at.parent.mkdir(parents=True, exist_ok=True)
        search = os.pathsep.join([str(TESTS), str(TESTS.parent / "components")])
        lines = ["#!/bin/sh", f"PYTHONPATH={shlex.quote(search)}", "export PYTHONPATH"]
        new = at.with_name(f".{PROGRAM}.{os.getpid()}")
        new.write_text("\n".join([*lines, f'exec {shlex.quote(sys.executable)} -m stand_in_azure "$@"', ""]))
        new.chmod(0o755)
        new.replace(at)  # in one step: another test may do the same

    # --- what goes wrong

    def fail(
        self,
        code: str,
        *,
        call: int | None = None,
        operation: str | None = None,
        kind: str | None = None,
        identity: str | None = None,
        times: int = 1,
        how: str | None = None,
        retry_after: float | None = None,
        message: str | None = None,
    ) -> None:
        """An error of Azure for one call by its number, or for the first `times` of an operation (create, update,
        delete, read, invoke) on a kind of resource (ManagedCluster, AgentPool …) or on one by its id.

        `how`: refused (nothing was done), half-made (done, then failed; Pulumi keeps it), answer-lost (done, and Pulumi
        does not know). Without it as Azure usually does with that code.
        """
        if code not in STATUS:
            raise ValueError(f"{code} is none of {', '.join(sorted(STATUS))}")
        self._add(Fault(code, call, operation, kind, times, how, 0, retry_after, message, identity))

    def delay(
        self, seconds: float, *, call: int | None = None, operation: str | None = None, kind: str | None = None
    ) -> None:
        """Azure takes that long for one call: it has begun, so that who gives up leaves something behind."""
        self._add(Fault(SLOW, call, operation, kind, how=SLOW, seconds=seconds))

    def forgive(self) -> None:
        """Nothing goes wrong any more."""
        with self._storage.open() as world:
            world.faults.clear()

    def _add(self, fault: Fault) -> None:
        with self._storage.open() as world:
            world.faults.append(vars(fault))

    # --- what is there

    def calls(self) -> list[dict[str, Any]]:
        """Azure's calls in their order: call, attempt, operation, kind, identity, status, code."""
        return self._storage.calls()

    @property
    def calls_made(self) -> int:
        """The number of the last call; one that was tried again counts once."""
        with self._storage.open() as world:
            return world.calls

    def resources(self) -> dict[str, dict[str, Any]]:
        """All that is in Azure: by id, in the words of Pulumi's provider."""
        with self._storage.open() as world:
            return {
                one["id"]: outputs(KINDS[one["token"]], one["body"]) if one["token"] else one["body"]
                for one in world.resources.values()
            }

    def have(self, identity: str, **body: Any) -> None:
        """Something that somebody else made: a resource group, a cluster to adopt, a subnet. `body` is in Azure's own
        words, such as location= and properties=; to what the stand-in can make, it adds all that Azure would."""
        kind = ids.kind_of(identity)
        with self._storage.open() as world:
            if kind is None:
                world.put(identity, None, {"id": identity, "name": identity.rpartition("/")[2], **body})
            else:
                keep(Put(world, kind, identity, body, None), self._storage.settings)

    def take_name(self, registry: str) -> None:
        """Somebody else in Azure has a registry of this name."""
        with self._storage.open() as world:
            world.taken_names.append(registry)

    def change(self, identity: str, **properties: Any) -> None:
        """Somebody, or Azure itself, changes a resource behind Pulumi's back: of its `properties`, in Azure's words."""
        with self._storage.open() as world:
            body = world.get(identity)
            if body is None:
                raise LookupError(f"there is no {identity}")
            body.setdefault("properties", {}).update(properties)

    def vanish(self, identity: str) -> None:
        """Somebody removes a resource, with all within, behind Pulumi's back."""
        with self._storage.open() as world:
            if not world.remove(identity):
                raise LookupError(f"there is no {identity}")
            KubernetesSide(self._storage.settings).follow(world)
