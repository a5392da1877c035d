"""Rules for who owns what: tags of resources in Azure, and protection of what production lives on."""

from collections.abc import Iterator, Sequence

from .kinds import CLUSTER, GPU_CLUSTER, NODE_POOL, REGISTRY, STORAGE_ACCOUNT
from .rule import UNKNOWN, Resource, Rule, Settings, StackRule, Violation, at, texts

_TAGGED = (
    CLUSTER,
    NODE_POOL,
    REGISTRY,
    STORAGE_ACCOUNT,
    "azure-native:managedidentity:UserAssignedIdentity",
    "azure-native:network:PublicIPAddress",
    "azure-native:network:VirtualNetwork",
    "azure-native:resources:ResourceGroup",
)
"""Of what components here or programs beside them make; not everything in Azure can have tags."""


def _tags(resource: Resource, settings: Settings) -> Iterator[str]:
    given = at(resource.inputs, "tags") or {}
    if given is UNKNOWN:
        return
    missing = [name for name in settings["tags"] if not given.get(name)]
    if missing:
        yield f"'tags' must have {' and '.join(missing)}, with a text each; set them, or the tags of GpuCluster"


def _protected(resources: Sequence[Resource], settings: Settings) -> Iterator[Violation]:
    if not any(_of_production(resource, settings["stacks"]) for resource in resources):
        return
    for resource in resources:
        if resource.type in settings["types"] and not resource.protected:
            yield (
                resource,
                "must be protected in production, so that no `pulumi destroy` takes it away by mistake; set "
                "protect=True in its options, or clusterPurpose 'prod' of GpuCluster",
            )


def _of_production(resource: Resource, stacks: Sequence[str]) -> bool:
    if resource.type == "pulumi:pulumi:Stack":
        return resource.urn.split(":")[2] in stacks  # urn:pulumi:<stack>::<project>::…
    return resource.type == GPU_CLUSTER and at(resource.inputs, "clusterPurpose") == "prod"


RULES = (
    Rule(
        "required-tags",
        "What costs money or holds data in Azure says whose it is.",
        _TAGGED,
        _tags,
        settings={"tags": texts([], "Names of tags; none by default: every house has its own.")},
    ),
    StackRule(
        "protected-in-production",
        "What services and their models live on cannot be deleted by mistake in production.",
        _protected,
        settings={
            "stacks": texts(
                ["prod", "production"],
                "Stacks that are production; those with a GpuCluster of purpose prod always are.",
            ),
            "types": texts([CLUSTER, REGISTRY, STORAGE_ACCOUNT], "Types of what must be protected."),
        },
    ),
)
