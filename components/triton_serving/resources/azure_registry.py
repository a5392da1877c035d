"""The registry that GpuCluster makes, or finds."""

from dataclasses import dataclass

import pulumi

from ..plan.azure.azure_id import parse
from ..plan.azure.registry import registry
from .azure_objects import REMOVED, AzureObject, ask
from .azure_site import Site


@dataclass(frozen=True)
class Registry:
    id: pulumi.Output[str]
    login_server: pulumi.Output[str]
    made: AzureObject | None
    """None for one that is adopted."""


def make_registry(site: Site) -> Registry:
    made = AzureObject(
        "containerregistry:Registry",
        f"{site.name}-registry",
        registry(site.given, site.resource_group, site.location),
        site.options(**site.protected()),
    )
    return _asked(site, made.id, made)


def adopt_registry(site: Site) -> Registry:
    return _asked(site, pulumi.Output.from_input(site.given["adoptRegistry"]), None)


def _asked(site: Site, registry_id: pulumi.Output[str], made: AzureObject | None) -> Registry:
    """Azure says by which name it is reached, which differs from cloud to cloud."""
    facts = ask(
        "containerregistry:getRegistry",
        {
            "resourceGroupName": registry_id.apply(lambda text: parse(text).resource_group),
            "registryName": registry_id.apply(lambda text: parse(text).name),
        },
        site.component,
        REMOVED if made else "name in 'adoptRegistry' one that is there and that you may read",
    )
    return Registry(
        facts.apply(lambda found: str(found["id"])), facts.apply(lambda found: str(found["loginServer"])), made
    )
