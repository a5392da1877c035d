"""What Azure takes as names, ids, places and tags; its limits are those of its page on naming rules."""

import difflib
import re
from collections import Counter
from collections.abc import Mapping

from .kubernetes import Rule
from .single_values import got
from .wording import all_of, shown

_CLUSTER = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")
_RESOURCE_GROUP = re.compile(r"[\w.()-]{0,89}[\w()-]")
_REGISTRY = re.compile(r"[A-Za-z0-9]{5,50}")
_LOCATION = re.compile(r"[a-z]+[0-9]?")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/providers/(?P<type>[^/]+/[^/]+)/"
    r"(?P<name>[^/]+)(?P<rest>(/[^/]+/[^/]+)*)",
    re.IGNORECASE,
)
CLUSTER_TYPE = "Microsoft.ContainerService/managedClusters"
REGISTRY_TYPE = "Microsoft.ContainerRegistry/registries"
SUBNET_TYPE = "Microsoft.Network/virtualNetworks"

_REGIONS = (
    "australiacentral australiacentral2 australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth "
    "brazilsoutheast canadacentral canadaeast centralindia centralus chilecentral denmarkeast eastasia eastus eastus2 "
    "francecentral francesouth germanynorth germanywestcentral indonesiacentral israelcentral italynorth japaneast "
    "japanwest jioindiacentral jioindiawest koreacentral koreasouth malaysiawest mexicocentral newzealandnorth "
    "northcentralus northeurope norwayeast norwaywest polandcentral qatarcentral southafricanorth southafricawest "
    "southcentralus southeastasia southindia spaincentral swedencentral swedensouth switzerlandnorth switzerlandwest "
    "uaecentral uaenorth uksouth ukwest westcentralus westeurope westindia westus westus2 westus3"
)
REGIONS = tuple(_REGIONS.split())
"""Known on 21 November 2026, to tell misspelt ones; whether there is another is Azure's to say."""


def cluster_name_problem(name: object) -> str | None:
    if isinstance(name, str) and _CLUSTER.fullmatch(name) and name.isascii():
        return None
    return (
        "must be 1 to 63 letters, digits, '-' and '_', a letter or digit first and last "
        f"(got {got(name)}); choose another name"
    )


def resource_group_problem(name: object) -> str | None:
    if isinstance(name, str) and "/" in name:
        found = re.fullmatch(r"/subscriptions/[^/]+/resourceGroups/([^/]+)", name, re.IGNORECASE)
        return f"must be a name, not an id (got {got(name)}); {f'write {found[1]}' if found else 'write the last part'}"
    if isinstance(name, str) and _RESOURCE_GROUP.fullmatch(name):
        return None
    return (
        "must be 1 to 90 letters, digits, '-', '_', '(', ')' and '.', no '.' last "
        f"(got {got(name)}); 'az group list' tells what is there"
    )


def registry_name_problem(name: object) -> str | None:
    if isinstance(name, str) and _REGISTRY.fullmatch(name):
        return None
    bare = re.sub(r"[^A-Za-z0-9]", "", name.removesuffix(".azurecr.io")) if isinstance(name, str) else ""
    way_out = f"try {bare}" if 5 <= len(bare) <= 50 else "choose a name that nobody else in Azure has"
    return f"must be 5 to 50 letters and digits, without .azurecr.io (got {got(name)}); {way_out}"


def location_problem(location: object) -> str | None:
    if not isinstance(location, str) or not _LOCATION.fullmatch(location):
        bare = re.sub(r"[^a-z0-9]", "", location.casefold()) if isinstance(location, str) else ""
        way_out = f"say {bare}" if bare in REGIONS else "'az account list-locations' tells them"
        return f"must be a region of Azure, such as westeurope (got {got(location)}); {way_out}"
    near = difflib.get_close_matches(location[:64], REGIONS, n=1, cutoff=0.9)
    if location not in REGIONS and near:  # a new region looks like none that is known
        return f"must be a region of Azure (got {got(location)}); did you mean {near[0]}?"
    return None


def id_of(resource_type: str, called: str, how: str) -> Rule:
    """Azure ids of one type of resource. `how` is the command that tells one."""

    def rule(value: object) -> str | None:
        found = _ID.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return f"must be the Azure id of {called} (got {got(value)}); {how} tells it"
        if found["type"].casefold() != resource_type.casefold() or found["rest"]:
            return f"must be the id of {called} (got one of {shown(found['type'])}); {how} tells it"
        return None

    return rule


registry_id_problem = id_of(REGISTRY_TYPE, "a container registry", "'az acr show --name NAME --query id'")
_cluster_id_problem = id_of(
    CLUSTER_TYPE, "an AKS cluster", "'az aks show --name NAME --resource-group GROUP --query id'"
)


def adopted_cluster_problem(value: object) -> str | None:
    """An id, or a name."""
    if isinstance(value, str) and "/" not in value and value:
        return cluster_name_problem(value)
    return _cluster_id_problem(value)


def is_id(value: object) -> bool:
    return isinstance(value, str) and value.startswith("/")


def subnet_id_problem(value: object) -> str | None:
    how = "'az network vnet subnet show --ids' or the portal tells it"
    found = _ID.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return f"must be the Azure id of a subnet (got {got(value)}); {how}"
    rest = found["rest"].split("/")
    if found["type"].casefold() != SUBNET_TYPE.casefold() or len(rest) != 3 or rest[1].casefold() != "subnets":
        return f"must end in {SUBNET_TYPE}/NETWORK/subnets/SUBNET (got {got(value)}); {how}"
    long = next((part for part in (found["group"], found["name"], rest[2]) if len(part) > 63), None)
    if long:  # they become labels of the nodes
        return f"must have names of at most 63 letters with pods in an overlay (got {got(long)}); choose another subnet"
    return None


def guid_problem(value: object) -> str | None:
    if isinstance(value, str) and _GUID.fullmatch(value):
        return None
    return f"must be object ids of groups (got {got(value)}); 'az ad group show --group NAME --query id' tells one"


_FORBIDDEN = set("<>%&\\?/")
_MOST_TAGS = 50


def azure_tags_problem(tags: object) -> str | None:
    if not isinstance(tags, Mapping) or not all(isinstance(part, str) for item in tags.items() for part in item):
        return f"must be names with a text each, such as {{team: vision}} (got {got(tags)}); quote numbers"
    if len(tags) > _MOST_TAGS:
        return f"must be at most {_MOST_TAGS} (got {len(tags)}); remove some"
    alike = Counter(map(str.casefold, tags))
    twice = [name for name in tags if alike[name.casefold()] > 1]
    return all_of(
        [
            *(_tag_problem(name, value) for name, value in tags.items()),
            f"must differ in more than upper and lower case (got {' and '.join(map(got, twice))}); remove one"
            if twice
            else None,
        ]
    )


def _tag_problem(name: str, value: str) -> str | None:
    if not 1 <= len(name) <= 512 or len(value) > 256:
        return f"must have names of 1 to 512 letters and values of at most 256 (got {got(name)}); shorten it"
    if _FORBIDDEN & set(name):
        return f"must have names without {' '.join(sorted(_FORBIDDEN))} (got {got(name)}); rename it"
    if name.casefold().startswith(("azure", "microsoft", "windows")):
        return f"must not have names that begin as Azure's own (got {got(name)}); rename it"
    if name.casefold() == "skipgpudriverinstall":
        return f"must not have {name}, which AKS has retired; set driver of the pool to 'none'"
    return None
