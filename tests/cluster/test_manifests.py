"""Whole services before a real API server: every field is known to it, pods are as restricted as can be, and nothing is
written otherwise than it was given, which every later preview would show as a change."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from parts.cluster import Manifest, SharedCluster
from parts.whole_services import whole_services
from triton_serving.plan.kubernetes.manifests import manifests, secret_manifests
from triton_serving.plan.service import Keys

KEYS = Keys("primary-key-of-the-test", "secondary-key-of-the-test")
SERVICES = whole_services()
ABSENT = ("gateway.networking.k8s.io", "monitoring.coreos.com")
"""APIs that a bare cluster does not have."""


@pytest.fixture
def restricted(cluster: SharedCluster, namespace: str) -> str:
    cluster.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
    return namespace


@pytest.mark.parametrize("name", SERVICES)
def test_every_object_is_taken_as_it_is(cluster: SharedCluster, restricted: str, name: str):
    given = objects(name, restricted)
    taken = tried(cluster, given)
    assert [difference for one, live in zip(given, taken, strict=True) for difference in differences(one, live)] == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_pod_is_let_into_a_restricted_namespace(cluster: SharedCluster, restricted: str, name: str):
    """Of a Deployment the rules are only warned of; a pod that breaks one is refused."""
    given = objects(name, restricted)
    cluster.apply(*(one for one in given if one["kind"] == "ServiceAccount"), namespace=restricted)
    pods = [as_pod(one) for one in given if one["kind"] == "Deployment"]
    assert [one["kind"] for one in tried(cluster, pods)] == ["Pod"] * len(pods)


def objects(name: str, namespace: str) -> list[Manifest]:
    service = replace(SERVICES[name], namespace=namespace, owns_namespace=False)
    found = manifests(service) | secret_manifests(service, KEYS)
    return [one for one in found.values() if not one["apiVersion"].startswith(ABSENT)]


def as_pod(deployment: Manifest) -> Manifest:
    template, metadata = deployment["spec"]["template"], deployment["metadata"]
    named = {"name": metadata["name"], "namespace": metadata["namespace"], **template["metadata"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": named, "spec": template["spec"]}


def tried(cluster: SharedCluster, given: list[Manifest]) -> list[Manifest]:
    """As the API server would keep them. Nothing is made."""
    several = json.dumps({"apiVersion": "v1", "kind": "List", "items": given})
    options = ("--server-side", "--dry-run=server", "--validate=strict", "--output=json", "--filename=-")
    kept = json.loads(cluster.kubectl("apply", *options, stdin=several))
    return list(kept["items"]) if kept["kind"] == "List" else [kept]


def differences(given: Any, live: Any, place: str = "") -> Iterator[str]:
    """What of `given` is missing or written otherwise; what the server adds is its own."""
    if isinstance(given, dict) and isinstance(live, dict):
        for key, value in given.items():
            yield from differences(value, live.get(key), f"{place}.{key}")
    elif isinstance(given, list) and isinstance(live, list) and len(given) == len(live):
        for number, (one, other) in enumerate(zip(given, live, strict=True)):
            yield from differences(one, other, f"{place}[{number}]")
    elif given != live:
        yield f"{place}: {given!r} became {live!r}"
