"""What is asked of Azure before anything is made, and the answers in a form to decide by."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from ..models.work import Stopped
from ..rules.azure_errors import ADVICE
from ..rules.problems import UserError
from .refused import Refused

if TYPE_CHECKING:
    from .manager import Manager

HERE = ""
"""Where things go to: the resource group, or the subscription where a group is made."""
NAMESPACES = (
    "Microsoft.Compute", "Microsoft.ContainerRegistry", "Microsoft.ContainerService", "Microsoft.ManagedIdentity",
    "Microsoft.Network",
)  # fmt: skip
"""Of the resources that a cluster with its registry consists of."""
_RIGHTS = "rights on "
_ABOUT_THE_SUBSCRIPTION = ("SubscriptionNotFound", "InvalidSubscriptionId", "InvalidAuthenticationTokenTenant")


class WrongSubscription(UserError):
    """Nothing can be asked of the subscription, nor made in it."""


@dataclass(frozen=True)
class Size:
    name: str
    family: str
    """Whose quota its vCPUs count against."""
    vcpus: int
    zones: frozenset[str]
    closed_zones: frozenset[str] = frozenset()
    """Those of them that the subscription may not use."""
    closed: str = ""
    """Azure's reason why the subscription may not use it at all; empty where it may."""
    spot: bool = True


@dataclass(frozen=True)
class Quota:
    called: str
    """As the portal calls it."""
    used: int
    limit: int
    """Below zero where there is none."""


@dataclass(frozen=True)
class Rights:
    allowed: tuple[str, ...]
    excepted: tuple[str, ...]


@dataclass(frozen=True)
class Answers:
    """None is for what Azure did not say."""

    sizes: Mapping[str, Size] | None = None
    """By their names in lower case."""
    quotas: Mapping[str, Quota] | None = None
    """By `quota_key`."""
    rights: Mapping[str, tuple[Rights, ...]] = field(default_factory=dict)
    """By the id of what they are for, or HERE."""
    lost: tuple[str, ...] = ()
    """Of those, what is not there."""
    registered: Mapping[str, str] = field(default_factory=dict)
    """The state of each namespace, such as Registered."""
    unknown: tuple[str, ...] = ()
    """Why something is not known, a sentence each."""


def quota_key(name: str) -> str:
    """Sizes and quotas spell a family apart: standardNCASv3_T4Family, Standard NCASv3_T4 Family."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


@dataclass(frozen=True)
class Question:
    subscription: str
    location: str
    group: str | None = None
    roles_on: tuple[str, ...] = ()
    """Ids of resources that are there, on which roles are given."""


def ask(manager: "Manager", question: Question) -> Answers:
    """All questions at once, as each takes a second or more. Raises WrongSubscription; what else fails is unknown."""
    location, home = question.location, f"/subscriptions/{question.subscription}"
    scopes = {HERE: f"{home}/resourceGroups/{question.group}" if question.group else home}
    scopes |= {resource: resource for resource in question.roles_on}
    questions: dict[str, Callable[[], Any]] = {
        "sizes": lambda: read_sizes(
            manager.items(
                f"{home}/providers/Microsoft.Compute/skus",
                "2021-07-01",
                f"list the sizes of {location}",
                **{"$filter": f"location eq '{location}'"},
            ),
            location,
        ),
        "quotas": lambda: read_quotas(
            manager.items(
                f"{home}/providers/Microsoft.Compute/locations/{location}/usages",
                "2024-07-01",
                f"list the quotas of {location}",
            )
        ),
    }
    for place, scope in scopes.items():
        questions[f"{_RIGHTS}{place}"] = partial(_ask_rights, manager, scope)
    for namespace in NAMESPACES:
        questions[namespace] = partial(_ask_registration, manager, f"{home}/providers/{namespace}")
    found, problems = _together(questions)
    lost = [place for place in scopes if _is_lost(problems.get(f"{_RIGHTS}{place}"))]
    for place in lost:
        del problems[f"{_RIGHTS}{place}"]
    return Answers(
        sizes=found.get("sizes"),
        quotas=found.get("quotas"),
        rights={place: found[f"{_RIGHTS}{place}"] for place in scopes if f"{_RIGHTS}{place}" in found},
        lost=tuple(lost),
        registered={namespace: found[namespace] for namespace in NAMESPACES if namespace in found},
        unknown=tuple(dict.fromkeys(map(str, problems.values()))),
    )


def _ask_rights(manager: "Manager", scope: str) -> tuple[Rights, ...]:
    path = f"{scope}/providers/Microsoft.Authorization/permissions"
    return read_rights(manager.items(path, "2022-04-01", f"list what you may do in {scope.rpartition('/')[2]}"))


def _ask_registration(manager: "Manager", path: str) -> str:
    return str(manager.get(path, "2021-04-01", f"look up {path.rpartition('/')[2]}")["registrationState"])


def _is_lost(problem: UserError | None) -> bool:
    return isinstance(problem, Refused) and problem.code in ("ResourceGroupNotFound", "ResourceNotFound")


def _together(questions: Mapping[str, Callable[[], Any]]) -> tuple[dict[str, Any], dict[str, UserError]]:
    found, problems = dict[str, Any](), dict[str, UserError]()
    with ThreadPoolExecutor(len(questions), thread_name_prefix="azure") as threads:
        asked = {name: threads.submit(question) for name, question in questions.items()}
    for name, answer in asked.items():
        try:
            found[name] = answer.result()
        except Refused as refused:
            if refused.code in _ABOUT_THE_SUBSCRIPTION:
                raise WrongSubscription(f"{refused}; {ADVICE[refused.code]}") from None
            problems[name] = refused
        except Stopped:
            raise
        except UserError as problem:
            problems[name] = problem
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            problems[name] = UserError(f"Azure's answer has another form than it should ({type(error).__name__})")
    return found, problems


def read_sizes(items: list[dict[str, Any]], location: str) -> dict[str, Size]:
    sizes = (_size(item, location) for item in items if item["resourceType"] == "virtualMachines")
    return {size.name.lower(): size for size in sizes}


def _size(item: dict[str, Any], location: str) -> Size:
    capabilities = {one["name"]: one["value"] for one in item.get("capabilities") or []}
    places = [place for place in item.get("locationInfo") or [] if place["location"].lower() == location]
    closed, closed_zones = "", set[str]()
    for restriction in item.get("restrictions") or []:
        if restriction["type"] == "Location":
            closed = str(restriction.get("reasonCode") or "restricted")
        elif restriction["type"] == "Zone":
            closed_zones.update((restriction.get("restrictionInfo") or {}).get("zones") or [])
    return Size(
        name=item["name"],
        family=item.get("family") or "",
        vcpus=int(capabilities.get("vCPUs", 0)),
        zones=frozenset(zone for place in places for zone in place.get("zones") or []),
        closed_zones=frozenset(closed_zones),
        closed=closed,
        spot=capabilities.get("LowPriorityCapable", "True") != "False",
    )


def read_quotas(items: list[dict[str, Any]]) -> dict[str, Quota]:
    return {
        quota_key(item["name"]["value"]): Quota(
            item["name"].get("localizedValue") or item["name"]["value"], int(item["currentValue"]), int(item["limit"])
        )
        for item in items
    }


def read_rights(items: list[dict[str, Any]]) -> tuple[Rights, ...]:
    return tuple(Rights(tuple(item.get("actions") or ()), tuple(item.get("notActions") or ())) for item in items)
