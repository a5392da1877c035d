"""The local cluster as one of Azure's: nodes look like those of its pools, and nothing is left when it is gone.

The machine's own nodes stand in for the nodes of pools with GPUs. What was in the local cluster before is noted when
Azure's cluster is made; whatever came since goes with it.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

from urllib3.exceptions import HTTPError

from .errors import ArmError
from .storage import Settings, World

ALL_OBJECTS = (
    "/api/v1/namespaces",
    "/api/v1/persistentvolumes",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "/apis/scheduling.k8s.io/v1/priorityclasses",
    "/apis/node.k8s.io/v1/runtimeclasses",
    "/apis/storage.k8s.io/v1/storageclasses",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    # What may be put into Kubernetes' own namespaces, which stay.
    "/apis/apps/v1/daemonsets",
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/statefulsets",
    "/apis/batch/v1/jobs",
    "/apis/batch/v1/cronjobs",
    "/api/v1/services",
    "/api/v1/configmaps",
    "/api/v1/secrets",
    "/api/v1/serviceaccounts",
    "/api/v1/persistentvolumeclaims",
    "/apis/networking.k8s.io/v1/networkpolicies",
    "/apis/rbac.authorization.k8s.io/v1/roles",
    "/apis/rbac.authorization.k8s.io/v1/rolebindings",
)
KEPT = ("default", "kube-system", "kube-public", "kube-node-lease")
LONGEST = 120.0
"""Seconds in which all has to be gone: pods may take their time to end."""
FAKE_NODE = "kwok.x-k8s.io/node"


class KubernetesSide:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def follow(self, world: World) -> None:
        """Makes the local cluster look like what there is in Azure now."""
        if self._settings.kubeconfig is None:
            return
        clusters, was_there = world.of("ManagedCluster"), "before" in world.kubernetes
        if not clusters and not was_there:
            return
        api = _Api(self._settings.kubeconfig)
        if not clusters and not api.answers():  # whoever took the local cluster down first, took all of it
            world.kubernetes.clear()
            return
        if clusters and not was_there:
            world.kubernetes["before"] = sorted(api.objects())
        self._mark(api, world)
        if not clusters:
            self._clear(api, set(world.kubernetes.pop("before")))

    def _clear(self, api: "_Api", before: set[str]) -> None:
        deadline = time.monotonic() + LONGEST
        asked: set[str] = set()
        while left := set(api.objects()) - before:
            for one in sorted(left - asked):
                if one.startswith("/api/v1/namespaces/"):
                    api.kill_pods(one)
                api.delete(one)
            asked |= left
            if time.monotonic() > deadline:
                raise ArmError("InternalServerError", f"The local cluster keeps {', '.join(sorted(left))}.", status=501)
            time.sleep(0.2)

    def _mark(self, api: "_Api", world: World) -> None:
        pools = [pool for pool in world.of("AgentPool") if "_N" in pool["properties"]["vmSize"]]
        given: dict[str, Any] = world.kubernetes.setdefault("nodes", {})
        for index, node in enumerate(api.nodes()):
            name = node["metadata"]["name"]
            labels, taints = _of_pool(pools[index % len(pools)]) if pools else ({}, [])
            before = given.get(name, {"labels": {}, "taints": []})
            kept = [taint for taint in node["spec"].get("taints", []) if _key(taint) not in map(_key, before["taints"])]
            wanted = [*kept, *(taints if self._settings.taint_nodes else [])]
            removed = dict.fromkeys(set(before["labels"]) - set(labels))
            api.patch_node(name, {**removed, **labels}, wanted)
            given[name] = {"labels": labels, "taints": taints}


def _of_pool(pool: dict[str, Any]) -> tuple[dict[str, str], list[dict[str, str]]]:
    told = pool["properties"]
    labels = {
        "agentpool": pool["name"],
        "kubernetes.azure.com/agentpool": pool["name"],
        "kubernetes.azure.com/mode": told["mode"].lower(),
        "kubernetes.azure.com/os-sku": told["osSKU"],
        "kubernetes.azure.com/accelerator": "nvidia",
        "accelerator": "nvidia",
        **told.get("nodeLabels", {}),
    }
    return labels, [_taint(taint) for taint in told.get("nodeTaints", [])]


def _taint(told: str) -> dict[str, str]:
    pair, _, effect = told.rpartition(":")
    key, _, value = pair.partition("=")
    return {"key": key, "value": value, "effect": effect}


def _key(taint: dict[str, str]) -> tuple[str, str]:
    return taint["key"], taint["effect"]


class _Api:
    def __init__(self, kubeconfig: str) -> None:
        from kubernetes import client, config  # late: only a stand-in with a cluster behind it needs it

        self._client = config.new_client_from_config(kubeconfig)
        self._core = client.CoreV1Api(self._client)
        self._missing = client.ApiException

    def answers(self) -> bool:
        try:
            self._core.get_api_resources(_request_timeout=30)  # one that stands still for a while is not gone
        except HTTPError:
            return False
        return True

    def nodes(self) -> list[dict[str, Any]]:
        found = self._call("/api/v1/nodes", "GET").get("items", [])
        real = [node for node in found if FAKE_NODE not in node["metadata"].get("annotations", {})]
        return sorted(real, key=lambda node: str(node["metadata"]["name"]))

    def patch_node(self, name: str, labels: dict[str, str | None], taints: list[dict[str, str]]) -> None:
        self._core.patch_node(name, {"metadata": {"labels": labels}, "spec": {"taints": taints}})

    def objects(self) -> Iterator[str]:
        """The paths of all objects that do not go with their namespace."""
        for path in ALL_OBJECTS:
            for one in self._call(path, "GET").get("items", []):
                name, namespace = one["metadata"]["name"], one["metadata"].get("namespace")
                if namespace is None:
                    yield f"{path}/{name}"
                elif namespace in KEPT and not one["metadata"].get("ownerReferences"):
                    root, _, kind = path.rpartition("/")
                    yield f"{root}/namespaces/{namespace}/{kind}/{name}"

    def delete(self, path: str) -> None:
        self._call(f"{path}?propagationPolicy=Background", "DELETE")

    def kill_pods(self, namespace: str) -> None:
        """At once: Azure takes a cluster's machines away without asking what runs there to end. What makes pods goes
        first: the namespace would wait for half of the grace of a pod that comes once more, minutes."""
        name = namespace.rpartition("/")[2]
        for makers in ("deployments", "replicasets", "daemonsets", "statefulsets"):
            self._call(f"/apis/apps/v1/namespaces/{name}/{makers}?propagationPolicy=Orphan", "DELETE")
        for pod in self._call(f"{namespace}/pods", "GET").get("items", []):
            self._call(f"{namespace}/pods/{pod['metadata']['name']}?gracePeriodSeconds=0", "DELETE")

    def _call(self, path: str, method: str) -> dict[str, Any]:
        path, _, query = path.partition("?")
        try:
            headers: dict[str, str] = {"Accept": "application/json"}
            self._client.update_params_for_auth(headers, [], ["BearerToken"])
            answer = self._client.request(
                method,
                self._client.configuration.host + path,
                query_params=[tuple(query.split("="))] if query else [],
                headers=headers,
                _preload_content=False,
            )
        except self._missing as error:
            if error.status in (404, 405):
                return {}
            raise
        return dict(json.loads(answer.data))
