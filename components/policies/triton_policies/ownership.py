"""Rules for who owns what: tags of resources in Azure, and protection of what production lives on."""

from collections.abc import Iterator

from .kinds import CLUSTER, GPU_CLUSTER, NODE_POOL, REGISTRY, STORAGE_ACCOUNT
from .rule import UNKNOWN, Resource, Rule, Settings, at, texts

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


_LIVED_ON = (CLUSTER, REGISTRY, STORAGE_ACCOUNT)


def _tags(resource: Resource, settings: Settings) -> Iterator[str]:
    given = at(resource.inputs, "tags") or {}
    if given is UNKNOWN:
        return
    missing = [name for name in settings["tags"] if not given.get(name)]
    if missing:
        yield f"'tags' must have {' and '.join(missing)}, with a text each; set them, or the tags of GpuCluster"


def _protected(resource: Resource, settings: Settings) -> Iterator[str]:
    stack = resource.urn.split(":")[2]  # urn:pulumi:<stack>::<project>::…
    purpose = at(resource.parent.inputs, "clusterPurpose") if resource.parent else None
    if resource.type in _LIVED_ON and not resource.protected and (stack in settings["stacks"] or purpose == "prod"):
        yield (
            "'protect' must be true in production, so that no 'pulumi destroy' takes it away by mistake (got False); "
            "set it in the options, or clusterPurpose 'prod' of GpuCluster"
        )


RULES = (
    Rule(
        "required-tags",
        "What costs money or holds data in Azure says whose it is.",
        _TAGGED,
        _tags,
        settings={"tags": texts([], "Names of tags; none by default: every house has its own.")},
    ),
    Rule(
        "protected-in-production",
        "What services and their models live on cannot be deleted by mistake in production.",
        (*_LIVED_ON, GPU_CLUSTER),
        _protected,
        settings={
            "stacks": texts(
                ["prod", "production"],
                "Stacks that are production; a GpuCluster of purpose prod always is.",
            ),
        },
    ),
)
