"""Gives Services of type LoadBalancer an address that this machine can reach; kube-proxy does the rest.

Runs beside the other parts of a cluster and asks the API server like anybody else.
"""

import http.client
import ipaddress
import json
import ssl
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .place import Place, Settings

TRY_AGAIN = 0.5
SILENCE = 300.0
"""A connection on which nothing came for so long is taken to be lost."""

Service = dict[str, Any]


def assignments(services: Iterable[Service], network: ipaddress.IPv4Network) -> dict[tuple[str, str], str]:
    """The address that each service, by namespace and name, has to be given now."""
    ours = [service for service in services if is_ours(service)]
    taken = {address for service in ours for address in addresses(service)}
    free = (str(address) for address in network.hosts() if str(address) not in taken)
    waiting = [service["metadata"] for service in ours if not addresses(service)]
    return {(one["namespace"], one["name"]): address for one, address in zip(waiting, free, strict=False)}


def is_ours(service: Service) -> bool:
    spec = service["spec"]
    return spec.get("type") == "LoadBalancer" and not spec.get("loadBalancerClass")


def addresses(service: Service) -> list[str]:
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    return [entry["ip"] for entry in ingress if "ip" in entry]


class Api:
    def __init__(self, place: Place) -> None:
        self._context = ssl.create_default_context(cafile=str(place.keys / "ca.crt"))
        self._context.load_cert_chain(place.keys / "load-balancer.crt", place.keys / "load-balancer.key")

    def services(self) -> tuple[str, list[Service]]:
        with self._ask("GET", "/api/v1/services") as answer:
            found = json.load(answer)
        return found["metadata"]["resourceVersion"], found["items"]

    def changes(self, version: str) -> Iterator[dict[str, Any]]:
        with self._ask("GET", f"/api/v1/services?watch=true&resourceVersion={version}") as answer:
            while line := answer.readline():
                yield json.loads(line)

    def give(self, namespace: str, name: str, address: str) -> Service:
        status = {"status": {"loadBalancer": {"ingress": [{"ip": address, "ipMode": "VIP"}]}}}
        with self._ask("PATCH", f"/api/v1/namespaces/{namespace}/services/{name}/status", json.dumps(status)) as answer:
            return dict(json.load(answer))

    def _ask(self, method: str, path: str, body: str | None = None) -> http.client.HTTPResponse:
        connection = http.client.HTTPSConnection("127.0.0.1", 6443, context=self._context, timeout=SILENCE)
        connection.request(method, path, body, {"Content-Type": "application/merge-patch+json"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise OSError(f"{method} {path}: {answer.status} {answer.read().decode(errors='replace')}")
        return answer


def serve(api: Api, network: ipaddress.IPv4Network) -> None:
    """Until the connection ends."""
    version, found = api.services()
    services = {service["metadata"]["uid"]: service for service in found}
    give(api, services, network)
    for change in api.changes(version):
        service = change["object"]
        if change["type"] == "ERROR":
            return  # the version is too old: all services are asked for again
        if change["type"] == "DELETED":
            services.pop(service["metadata"]["uid"], None)
        else:
            services[service["metadata"]["uid"]] = service
        give(api, services, network)


def give(api: Api, services: dict[str, Service], network: ipaddress.IPv4Network) -> None:
    for (namespace, name), address in assignments(services.values(), network).items():
        print(f"{namespace}/{name}: {address}", flush=True)
        given = api.give(namespace, name, address)
        services[given["metadata"]["uid"]] = given  # another change may be told before this one


def main() -> None:
    place = Place(Path(sys.argv[1]))
    api, network = Api(place), Settings.load(place).addresses.load_balancers
    while True:
        try:
            serve(api, network)
        except (OSError, http.client.HTTPException, ValueError) as error:
            print(f"asking again: {error}", flush=True)
        time.sleep(TRY_AGAIN)


if __name__ == "__main__":
    main()
