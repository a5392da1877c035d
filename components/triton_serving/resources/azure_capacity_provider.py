"""What AzureCapacity does when the engine asks. It looks, in previews and in updates, and makes nothing.

Asked when it is made or changed: an update that changes nothing does not wait for Azure.
"""

import re
from collections.abc import Mapping
from typing import Any

from ..azure_access.answers import Answers, Question, WrongSubscription
from ..azure_access.capacity import Need, Pool, Wanted, capacity_problems, needs
from ..azure_access.recent_answers import RecentAnswers
from ..rules.arguments import unknown_arguments
from ..rules.problems import UserError
from ..rules.wording import shown
from .azure_capacity_schema import SCHEMA
from .changes import differences
from .resource import Call, Changes, Checked
from .values import UNKNOWN, Properties, has_unknown

_SUBSCRIPTION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_POOL = ("name", "vmSize", "nodes", "zones", "spot")
_FOUND = ("vcpusWanted", "vcpusLeft")
_KINDS = {str: "a text", bool: "true or false", list: "a list"}
_recent_answers = RecentAnswers()


class AzureCapacityProvider:
    type_name = "AzureCapacity"
    schema: Mapping[str, Any] = SCHEMA

    def check(self, call: Call, news: Properties) -> Checked:
        given = {key: value for key, value in news.items() if value is not None}
        problems = unknown_arguments(given, SCHEMA["inputProperties"])
        problems += [f"'{key}' must be given" for key in SCHEMA["requiredInputs"] if key not in given]
        for key, problem in (("subscriptionId", _subscription_problem), ("location", _location_problem)):
            if isinstance(given.get(key), str) and (said := problem(given[key])):
                problems.append(f"'{key}' {said}")
        kinds = {"resourceGroup": str, "makesCluster": bool, "grantsRoles": bool, "rolesOn": list, "pools": list}
        for key, kind in kinds.items():
            if key in given and not has_unknown(given[key]) and not isinstance(given[key], kind):
                problems.append(f"'{key}' must be {_KINDS[kind]} (got {shown(repr(given[key]))})")
        if isinstance(roles_on := given.get("rolesOn"), list):
            wrong = [one for one in roles_on if one is not UNKNOWN and not str(one).startswith("/subscriptions/")]
            problems += [
                f"'rolesOn' must be ids that begin with /subscriptions/ (got {shown(str(one))!r})" for one in wrong
            ]
        if isinstance(given.get("location"), str):
            given["location"] = _location(given["location"])
        if isinstance(given.get("pools"), list):
            problems += [
                problem for place, pool in enumerate(given["pools"]) for problem in _pool_problems(place, pool)
            ]
        return Checked(given, problems)

    def diff(self, call: Call, olds: Properties, news: Properties) -> Changes:
        return differences(SCHEMA["inputProperties"], olds, news)

    def create(self, call: Call, inputs: Properties) -> tuple[str, Properties]:
        return call.urn.split("::")[-1], self._look(call, inputs, {})

    def read(self, call: Call, resource_id: str, state: Properties) -> Properties | None:
        if "vcpusWanted" not in state:
            raise UserError("there is nothing in Azure to import here; declare it, and `up` asks anew")
        return state

    def update(self, call: Call, resource_id: str, olds: Properties, inputs: Properties) -> Properties:
        same = all(olds.get(key) == inputs.get(key) for key in ("subscriptionId", "location"))
        return self._look(call, inputs, olds if same else {})

    def delete(self, call: Call, resource_id: str, state: Properties) -> None:
        """Nothing to do: nothing was made."""

    def _look(self, call: Call, inputs: Properties, olds: Properties) -> Properties:
        """`olds` is what was recorded of the same region, and empty where there is nothing of it."""
        if has_unknown({key: value for key, value in inputs.items() if key != "rolesOn"}):
            return inputs | dict.fromkeys(_FOUND, UNKNOWN)
        wanted = Wanted(
            location=inputs["location"],
            pools=_pools(inputs),
            recorded=_pools(olds) if _is_whole(olds) else (),
            group=inputs.get("resourceGroup"),
            makes_cluster=inputs.get("makesCluster", True),
            grants_roles=inputs.get("grantsRoles", False),
            # What is still to be made, in the same program, needs no right that could be looked at.
            roles_on=tuple(one for one in _roles_on(inputs) if one is not UNKNOWN),
        )
        try:
            question = Question(inputs["subscriptionId"], wanted.location, wanted.group, wanted.roles_on)
            answers = _recent_answers.of(question, call.work)
        except WrongSubscription:
            raise
        except UserError as unasked:
            answers = Answers(unknown=(str(unasked),))
        if problems := capacity_problems(answers, wanted):
            raise UserError("\n".join(problems))
        for why in answers.unknown:
            call.engine.warn(call.urn, f"not all is known of the room in {wanted.location}: {why}")
        found = needs(answers, wanted)
        if call.preview and found:
            call.engine.notice(call.urn, f"{wanted.location}: " + "; ".join(_summary(answers, need) for need in found))
        return inputs | {
            "vcpusWanted": {need.key: need.vcpus for need in found},
            "vcpusLeft": {need.key: need.left for need in found if need.left is not None},
        }


def _summary(answers: Answers, need: Need) -> str:
    quota = (answers.quotas or {}).get(need.key)
    left = "an unknown number" if need.left is None else f"{need.left}"
    return f"{need.vcpus} vCPUs wanted of {quota.called if quota else need.key}, {left} left"


def _roles_on(inputs: Properties) -> list[Any]:
    return [] if inputs.get("rolesOn") is UNKNOWN else inputs.get("rolesOn", [])


def _pools(properties: Properties) -> tuple[Pool, ...]:
    return tuple(
        Pool(
            pool["name"], pool["vmSize"], pool["nodes"], tuple(map(str, pool.get("zones", ()))), pool.get("spot", False)
        )
        for pool in properties.get("pools", ())
    )


def _is_whole(olds: Properties) -> bool:
    """What another version wrote may say pools in another way: then all of them are asked for, as if they were new."""
    return all(pool.keys() >= {"name", "vmSize", "nodes"} for pool in olds.get("pools", ()))


def _location(text: str) -> str:
    """West Europe is westeurope: Azure takes both."""
    return text.replace(" ", "").lower()


def _location_problem(text: str) -> str | None:
    if _location(text).isascii() and _location(text).isalnum():
        return None
    return (
        f"must be the name of a region, such as westeurope (got {shown(text)!r}); `az account list-locations` has them"
    )


def _subscription_problem(text: str) -> str | None:
    if _SUBSCRIPTION.fullmatch(text):
        return None
    return f"must be a subscription's id, not its name (got {shown(text)!r}); `az account list` shows it"


def _pool_problems(place: int, pool: Any) -> list[str]:
    if pool is UNKNOWN:
        return []
    called = f"pools[{place}]"
    if not isinstance(pool, dict):
        return [f"'{called}' must be a pool with {', '.join(_POOL)} (got {shown(repr(pool))})"]
    problems = [f"'{called}': {problem}" for problem in unknown_arguments(pool, _POOL, "of a pool")]
    for key in ("name", "vmSize"):
        if not isinstance(pool.get(key), str) and not has_unknown(pool.get(key)):
            problems.append(f"'{called}.{key}' must be a text (got {shown(repr(pool.get(key)))})")
    for key, kind in (("zones", list), ("spot", bool)):
        if key in pool and not has_unknown(pool[key]) and not isinstance(pool[key], kind):
            problems.append(f"'{called}.{key}' must be {_KINDS[kind]} (got {shown(repr(pool[key]))})")
    nodes = pool.get("nodes")
    if not has_unknown(nodes) and (not isinstance(nodes, int) or isinstance(nodes, bool) or nodes < 0):
        problems.append(f"'{called}.nodes' must be a whole number, 0 or more (got {shown(repr(nodes))})")
    return problems
