"""A stand-in for what Azure Resource Manager says of a subscription: sizes, quotas, rights, registrations."""

import json
import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from stand_in_azure.kinds import SUBSCRIPTION

from .identity_endpoint import HOME, MANAGER, IdentityEndpoint
from .listening import Listening, QuietHandler

NAMESPACES = ("Compute", "ContainerRegistry", "ContainerService", "ManagedIdentity", "Network")
PAGE = 2


@dataclass
class Fault:
    """Given instead of the answer to questions that match, `times` over (for ever with None)."""

    matching: str
    status: int
    code: str
    headers: dict[str, str] = field(default_factory=dict)
    times: int | None = 1


def size(name: str, family: str, vcpus: int, zones: str = "123", **more: Any) -> dict[str, Any]:
    """As Azure describes a size."""
    return {
        "resourceType": "virtualMachines",
        "name": name,
        "tier": "Standard",
        "family": family,
        "locations": ["westeurope"],
        "locationInfo": [{"location": "westeurope", "zones": list(zones), "zoneDetails": []}],
        "capabilities": [{"name": "vCPUs", "value": str(vcpus)}, {"name": "LowPriorityCapable", "value": "True"}],
        "restrictions": [],
        **more,
    }


def closed(**info: Any) -> dict[str, Any]:
    kind = "Zone" if "zones" in info else "Location"
    where = {"locations": ["westeurope"], **info}
    return {
        "type": kind,
        "values": ["westeurope"],
        "restrictionInfo": where,
        "reasonCode": "NotAvailableForSubscription",
    }


def usage(name: str, called: str, used: int, limit: int) -> dict[str, Any]:
    return {
        "unit": "Count",
        "currentValue": used,
        "limit": limit,
        "name": {"value": name, "localizedValue": called},
    }


class AzureManager(Listening):
    """Strict: an Entra token of the right kind and tenant, the API version of each question, nothing else asked."""

    def __init__(self, identity: IdentityEndpoint) -> None:
        self._identity = identity
        self.sizes = [
            {"resourceType": "disks", "name": "Premium_LRS", "locations": ["westeurope"]},
            size("Standard_D4ds_v5", "standardDDSv5Family", 4),
            size("Standard_NC24ads_A100_v4", "StandardNCADSA100v4Family", 24),
            size("Standard_NC48ads_A100_v4", "StandardNCADSA100v4Family", 48),
            size("Standard_NC4as_T4_v3", "Standard NCASv3_T4 Family", 4, "12"),
        ]
        self.usages = [
            usage("cores", "Total Regional vCPUs", 10, 200),
            usage("lowPriorityCores", "Total Regional Spot vCPUs", 0, 24),
            usage("standardDDSv5Family", "Standard DDSv5 Family vCPUs", 10, 100),
            usage("StandardNCADSA100v4Family", "Standard NCADS_A100_v4 Family vCPUs", 24, 96),
            usage("Standard NCASv3_T4 Family", "Standard NCASv3_T4 Family vCPUs", 0, 8),
        ]
        self.rights: list[dict[str, list[str]]] = [{"actions": ["*"], "notActions": []}]
        self.rights_on: dict[str, list[dict[str, list[str]]]] = {}
        """The rights on single resources, by their ids."""
        self.groups = {"shop"}
        self.registered = {f"Microsoft.{name}": "Registered" for name in NAMESPACES}
        self.faults: list[Fault] = []
        self.says: Callable[[str], tuple[int, Any]] | None = None
        """Answers everything instead, given the Authorization header."""
        self.asked: deque[str] = deque()
        self._lock = threading.Lock()
        manager = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                fault = manager.fault(self.path)
                if fault:
                    status, answer, headers = fault.status, error(fault.code, "told to fail"), fault.headers
                else:
                    status, answer = manager.answer(self.path, self.headers.get("Authorization", ""))
                    headers = {}
                if manager.says:
                    status, answer = manager.says(self.headers.get("Authorization", ""))
                self.give(status, json.dumps(answer).encode(), {"Content-Type": "application/json", **headers})

        super().__init__(Handler)

    def environment(self) -> dict[str, str]:
        return {"TRITON_SERVING_ARM_ENDPOINT": self.url}

    def fault(self, path: str) -> Fault | None:
        with self._lock:
            self.asked.append(path)
            for fault in self.faults:
                if fault.times != 0 and re.search(fault.matching, path):
                    fault.times = None if fault.times is None else fault.times - 1
                    return fault
        return None

    def answer(self, path: str, authorization: str) -> tuple[int, dict[str, Any]]:
        place = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(place.query, strict_parsing=True).items()}
        skip = int(query.pop("$skiptoken", 0))
        entra = self._identity.knows(authorization.removeprefix("Bearer "), MANAGER)
        if entra is None:
            return 401, error("InvalidAuthenticationToken", "The access token is invalid.")
        resource, found, _ = place.path.partition("/providers/Microsoft.Authorization/permissions")
        if found and resource.count("/") > 4 and query == {"api-version": "2022-04-01"}:
            if resource not in self.rights_on:
                return 404, error("ResourceNotFound", f"The Resource '{resource}' was not found.")
            return 200, {"value": self.rights_on[resource]}
        home, _, rest = place.path.removeprefix("/subscriptions/").partition("/")
        if entra.tenant != HOME:
            return 401, error("InvalidAuthenticationTokenTenant", f"The token is of {entra.tenant}, not of {HOME}.")
        if home != SUBSCRIPTION:
            return 404, error("SubscriptionNotFound", f"The subscription '{home}' could not be found.")
        group, rest = _group(rest)
        if group and group not in self.groups:
            return 404, error("ResourceGroupNotFound", f"Resource group '{group}' could not be found.")
        match rest, query:
            case "providers/Microsoft.Compute/skus", {"api-version": "2021-07-01", "$filter": where, **more} if (
                not more
            ):
                wanted = re.fullmatch(r"location eq '(\w+)'", where)
                if wanted is None:
                    return 400, error("InvalidFilter", where)
                return 200, self._page([one for one in self.sizes if wanted[1] in one["locations"]], skip, path)
            case "providers/Microsoft.Compute/locations/westeurope/usages", {"api-version": "2024-07-01"}:
                return 200, {"value": self.usages}
            case "providers/Microsoft.Authorization/permissions", {"api-version": "2022-04-01"}:
                return 200, {"value": self.rights}
            case _, {"api-version": "2021-04-01"} if (namespace := rest.removeprefix("providers/")) in self.registered:
                return 200, {"namespace": namespace, "registrationState": self.registered[namespace]}
        return 400, error("NoRegisteredProviderFound", f"{rest} {query}")

    def _page(self, items: list[dict[str, Any]], skip: int, path: str) -> dict[str, Any]:
        page: dict[str, Any] = {"value": items[skip : skip + PAGE]}
        if skip + PAGE < len(items):
            page["nextLink"] = f"{self.url}{path.partition('&$skiptoken')[0]}&$skiptoken={skip + PAGE}"
        return page


def error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def _group(rest: str) -> tuple[str | None, str]:
    if not rest.startswith("resourceGroups/"):
        return None, rest
    _, group, rest = rest.split("/", 2)
    return group, rest
