"""Whether a subscription has room for what is wanted, told before anything is made: pure, from Azure's answers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ..rules.wording import nearest, shown
from .answers import HERE, Answers, Quota, Rights, Size, quota_key

REGIONAL, SPOT = "cores", "lowprioritycores"
"""Quotas of a whole region: every ordinary vCPU counts against the first, every spot one against the second."""
GRANT = "Microsoft.Authorization/roleAssignments/write"


@dataclass(frozen=True)
class Pool:
    name: str
    size: str
    nodes: int
    zones: tuple[str, ...] = ()
    spot: bool = False


@dataclass(frozen=True)
class Wanted:
    location: str
    pools: tuple[Pool, ...]
    recorded: tuple[Pool, ...] = ()
    """What is there of it already: only what is wanted beyond that needs room."""
    group: str | None = None
    makes_cluster: bool = True
    grants_roles: bool = False
    """On what is made here."""
    roles_on: tuple[str, ...] = ()
    """Ids of resources that are there, on which roles are given."""


@dataclass(frozen=True)
class Need:
    key: str
    pools: tuple[str, ...]
    vcpus: int
    """Of all pools together."""
    left: int | None
    """That may still be used for them, what is recorded included; None without a limit or where it is not known."""


def capacity_problems(answers: Answers, wanted: Wanted) -> list[str]:
    """Everything that stands in the way, a sentence each."""
    if answers.sizes is not None and not answers.sizes:
        return [
            f"'location' must be a region with virtual machines (got {shown(wanted.location)!r}); "
            "`az account list-locations --query [].name` shows them",
            *_registration(answers, wanted),
            *_rights(answers, wanted),
        ]
    return [
        *_sizes(answers, wanted),
        *_quotas(answers, wanted),
        *_registration(answers, wanted),
        *_rights(answers, wanted),
    ]


def needs(answers: Answers, wanted: Wanted) -> list[Need]:
    """The vCPUs wanted of each quota, with what is left of it."""
    all_wanted, recorded = _vcpus(answers, wanted.pools), _vcpus(answers, wanted.recorded)
    return [
        Need(key, tuple(pools), vcpus, _left((answers.quotas or {}).get(key), recorded.get(key, (0, []))[0]))
        for key, (vcpus, pools) in all_wanted.items()
    ]


def _left(quota: Quota | None, recorded: int) -> int | None:
    if quota is None or quota.limit < 0:
        return None
    # What was recorded may not be there: nodes that are scaled away, or a cluster that was never finished.
    return max(quota.limit - quota.used + min(recorded, quota.used), 0)


def _vcpus(answers: Answers, pools: Sequence[Pool]) -> dict[str, tuple[int, list[str]]]:
    amounts, names = Counter[str](), dict[str, list[str]]()
    for pool in pools:
        size = (answers.sizes or {}).get(pool.size.lower())
        if size is None:
            continue
        for key in (SPOT,) if pool.spot else (quota_key(size.family), REGIONAL):
            amounts[key] += pool.nodes * size.vcpus
            names.setdefault(key, []).append(pool.name)
    return {key: (amount, names[key]) for key, amount in amounts.items()}


def _sizes(answers: Answers, wanted: Wanted) -> list[str]:
    if answers.sizes is None:
        return []
    problems = []
    for pool in wanted.pools:
        size = answers.sizes.get(pool.size.lower())
        problems += _size(pool, size, wanted.location) if size else [_not_offered(pool, answers.sizes.values(), wanted)]
    return problems


def _not_offered(pool: Pool, sizes: Iterable[Size], wanted: Wanted) -> str:
    near = nearest(pool.size, [size.name for size in sizes if not size.closed])
    return (
        f"'vmSize' of pool {pool.name!r} must be a size that {wanted.location} has (got {shown(pool.size)!r}); "
        + (f"did you mean {near}? " if near else "")
        + f"`az vm list-skus --size {shown(pool.size)} --query [].locations` shows the regions that have it, "
        + f"`az vm list-skus --location {wanted.location} --resource-type virtualMachines` what this one has"
    )


def _size(pool: Pool, size: Size, location: str) -> list[str]:
    if size.closed:
        return [
            f"'vmSize' of pool {pool.name!r}: {size.name} is not open to this subscription in {location} "
            f"({size.closed}); choose another region or size (`az vm list-skus --size {size.name} --all`), or ask "
            "Azure's support for access to it"
        ]
    problems = []
    for zone in pool.zones:
        if zone in size.closed_zones:
            problems.append(
                f"'zones' of pool {pool.name!r}: zone {zone!r} of {location} is not open to this subscription for "
                f"{size.name} (NotAvailableForSubscription); {_other_zones(size)}"
            )
        elif zone not in size.zones:
            problems.append(
                f"'zones' of pool {pool.name!r}: {location} has no zone {shown(zone)!r} with {size.name}; "
                f"{_other_zones(size)}"
            )
    if pool.spot and not size.spot:
        problems.append(
            f"'spot' of pool {pool.name!r} must be false: Azure has no spot nodes of {size.name}; "
            "remove it or choose another size"
        )
    return problems


def _other_zones(size: Size) -> str:
    zones = sorted(size.zones - size.closed_zones)
    return f"take of {', '.join(zones)}, or none" if zones else "leave 'zones' out"


def _quotas(answers: Answers, wanted: Wanted) -> list[str]:
    problems = []
    for need in needs(answers, wanted):
        if need.left is None or need.vcpus <= need.left:
            continue
        quota = (answers.quotas or {})[need.key]
        missing = need.vcpus - need.left
        which = "pool" if len(need.pools) == 1 else "pools"
        names = ", ".join(map(repr, need.pools))
        problems.append(
            f"'nodes' of {which} {names} come to {need.vcpus} vCPUs of the quota {quota.called!r} in "
            f"{wanted.location}, of which {quota.used} of {quota.limit} are in use: {missing} are missing "
            f"(QuotaExceeded); ask for a limit of {quota.limit + missing} under Quotas in the Azure portal or with "
            "`az quota update`, or take fewer nodes, another size or another region"
        )
    return problems


def _registration(answers: Answers, wanted: Wanted) -> list[str]:
    needed = answers.registered if wanted.makes_cluster else ("Microsoft.Compute", "Microsoft.ContainerService")
    return [
        f"the subscription must be registered for {namespace} (it is {state}: MissingSubscriptionRegistration); "
        f"run `az provider register --namespace {namespace} --wait`"
        for namespace, state in sorted(answers.registered.items())
        if namespace in needed and state not in ("Registered", "Registering")
    ]


def _rights(answers: Answers, wanted: Wanted) -> list[str]:
    problems = []
    if wanted.group and HERE in answers.lost:
        problems.append(
            f"'resourceGroup' must be one that is there (got {shown(wanted.group)!r}: ResourceGroupNotFound); "
            "make it with `az group create`, or leave it out to have one made"
        )
    problems += [
        f"{shown(resource)!r} must be there, as roles are given on it (ResourceNotFound); check its id"
        for resource in wanted.roles_on
        if resource in answers.lost
    ]
    for place, action, what, way_out in _actions(wanted):
        if place in answers.rights and not may(answers.rights[place], action):
            problems.append(
                f"your login must be allowed {action} {_where(place, wanted)}, to {what} (AuthorizationFailed "
                f"otherwise); ask an owner for {way_out}"
            )
    return problems


def _where(place: str, wanted: Wanted) -> str:
    if place != HERE:
        return f"on {place.rpartition('/')[2]!r}"
    return f"in the resource group {wanted.group!r}" if wanted.group else "in the subscription"


def _actions(wanted: Wanted) -> list[tuple[str, str, str, str]]:
    """Where, what, why, and what to ask an owner for."""
    contributor = "the role Contributor"
    actions = []
    if wanted.makes_cluster and not wanted.group:
        way_out = f"{contributor}, or for a resource group to name in 'resourceGroup'"
        actions.append((HERE, "Microsoft.Resources/subscriptions/resourceGroups/write", "make a group", way_out))
    if wanted.makes_cluster:
        actions.append((HERE, "Microsoft.ContainerService/managedClusters/write", "make the cluster", contributor))
    elif wanted.group and wanted.pools:
        pools = "Microsoft.ContainerService/managedClusters/agentPools/write"
        actions.append((HERE, pools, "add pools", contributor))
    administrator = "the role Role Based Access Control Administrator there, which can be limited to single roles"
    # Of a cluster that is there without its group being said, nothing is known of where things go to.
    here = (HERE,) if wanted.grants_roles and (wanted.makes_cluster or wanted.group) else ()
    places = (*here, *wanted.roles_on)
    return actions + [(place, GRANT, "give roles there", administrator) for place in places]


def may(rights: Sequence[Rights], action: str) -> bool:
    """Whether one of them allows an action; a right that excepts it takes nothing from another one."""
    return any(_matches(right.allowed, action) and not _matches(right.excepted, action) for right in rights)


def _matches(patterns: Sequence[str], action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
