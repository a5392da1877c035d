"""The containers of a service as resources of Pulumi's provider for Docker, from what ContainerService says of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from ..plan.containers import FIELDS, LABEL
from ..rules.arguments import python_name
from ..rules.service import MODES
from .container_service import ContainerService
from .provider_packages import of_provider


def parts(args: Mapping[str, Any]) -> Sequence[str]:
    """By the names of the component's arguments. What is wrong with them is ContainerService's to say, so that what
    cannot be read here counts as left out."""
    mode = args.get("mode")
    if mode not in MODES:
        mode = "direct" if args.get("entry_script") is None else "scoring"
    return {"direct": ("gateway", "triton"), "scoring": ("gateway", "triton", "scoring")}.get(
        mode, ("gateway", "scoring")
    )


def declare_containers(
    component: pulumi.ComponentResource, name: str, service: ContainerService, args: Mapping[str, Any]
) -> dict[str, Any]:
    """The gateway with a network of its own, which other services' containers do not reach; then the others in its.

    One that has to change is made beside the old one, which goes when callers have been led away from it. The gateway
    cannot: a port has room for one.
    """
    wanted_by = "a LocalWebservice in containers needs Pulumi's provider for Docker"
    docker = of_provider("pulumi_docker", "docker", wanted_by)
    label = {"label": LABEL, "value": service.output("folder").apply(lambda folder: folder.rpartition("/")[2])}
    options = pulumi.ResourceOptions(parent=component, delete_before_replace=True)
    network = docker.Network(f"{name}-network", labels=[label], opts=options)
    made = {
        "gateway": docker.Container(
            f"{name}-gateway", options, networks_advanced=[{"name": network.name}], **_fields(service, "gateway")
        )
    }
    inside = made["gateway"].id.apply(lambda container: f"container:{container}")
    # The provider takes another mount for a change in place, and then changes nothing.
    beside = pulumi.ResourceOptions(parent=component, delete_before_replace=False, replace_on_changes=["*"])
    for part in parts(args)[1:]:
        fields = _fields(service, part)
        if part == "scoring":
            fields["envs"] = pulumi.Output.all(fields["envs"], args.get("environment_variables")).apply(_with_variables)
        made[part] = docker.Container(f"{name}-{part}", beside, network_mode=inside, **fields)
    return made


def _fields(service: ContainerService, part: str) -> dict[str, pulumi.Output[Any]]:
    described = service.output("containers").apply(lambda found: found[part])

    def field(key: str) -> pulumi.Output[Any]:
        return described.apply(lambda container: container.get(key))

    return {python_name(key): field(key) for key in FIELDS}


def _with_variables(found: list[Any]) -> list[str]:
    """The caller's variables come last, as they may be secrets and then stay so."""
    planned, given = found
    own = {name: value for name, value in (given or {}).items() if name != "WORKER_COUNT"}
    kept = [one for one in planned if one.partition("=")[0] not in own]
    return [*kept, *(f"{name}={value}" for name, value in own.items())]
