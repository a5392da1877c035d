"""What the parts outside of pods need in the cluster: rights, and names that lead to them."""

from typing import Any

from .place import METRICS_PORT, Addresses

GROUP_OF_RIGHTS = "rbac.authorization.k8s.io"


def objects(addresses: Addresses) -> list[dict[str, Any]]:
    watch, change = ["get", "list", "watch"], ["get", "patch", "update"]
    return [
        *_rights(
            "coredns",
            _rule("", ["endpoints", "services", "pods", "namespaces"], watch),
            _rule("discovery.k8s.io", ["endpointslices"], watch),
        ),
        *_rights("load-balancer", _rule("", ["services"], watch), _rule("", ["services/status"], change)),
        *_rights(
            "metrics-server",
            _rule("", ["nodes/metrics"], ["get"]),
            _rule("", ["pods", "nodes"], watch),
        ),
        _binding("ClusterRoleBinding", "metrics-server-asks", "metrics-server", "ClusterRole", "system:auth-delegator"),
        _binding(
            "RoleBinding",
            "metrics-server-reads",
            "metrics-server",
            "Role",
            "extension-apiserver-authentication-reader",
            namespace="kube-system",
        ),
        *_service_on_node(addresses, "kube-dns", {"dns": (53, 53, "UDP"), "dns-tcp": (53, 53, "TCP")}, named=True),
        *_service_on_node(addresses, "metrics-server", {"https": (443, METRICS_PORT, "TCP")}),
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": "v1beta1.metrics.k8s.io"},
            "spec": {
                "service": {"name": "metrics-server", "namespace": "kube-system"},
                "group": "metrics.k8s.io",
                "version": "v1beta1",
                "insecureSkipTLSVerify": True,  # its certificate is its own, and the way to it lies on this machine
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
            },
        },
    ]


def _rights(user: str, *rules: dict[str, Any]) -> list[dict[str, Any]]:
    name = f"system:{user}"
    role = {
        "apiVersion": f"{GROUP_OF_RIGHTS}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": list(rules),
    }
    return [role, _binding("ClusterRoleBinding", name, user, "ClusterRole", name)]


def _rule(group: str, resources: list[str], verbs: list[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


def _binding(
    kind: str, name: str, user: str, role_kind: str, role: str, namespace: str | None = None
) -> dict[str, Any]:
    return {
        "apiVersion": f"{GROUP_OF_RIGHTS}/v1",
        "kind": kind,
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "roleRef": {"apiGroup": GROUP_OF_RIGHTS, "kind": role_kind, "name": role},
        "subjects": [{"kind": "User", "name": user, "apiGroup": GROUP_OF_RIGHTS}],
    }


def _service_on_node(
    addresses: Addresses, name: str, ports: dict[str, tuple[int, int, str]], named: bool = False
) -> list[dict[str, Any]]:
    """A service whose only endpoint is a process on the node; `named` when its address is known to every pod."""
    offered = [{"name": port, "port": at, "protocol": protocol} for port, (at, _, protocol) in ports.items()]
    reached = [{"name": port, "port": to, "protocol": protocol} for port, (_, to, protocol) in ports.items()]
    spec = {"ports": offered, **({"clusterIP": addresses.dns_service} if named else {})}
    metadata = {"name": name, "namespace": "kube-system"}
    labels = {"kubernetes.io/service-name": name}
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec},
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**metadata, "labels": labels},
            "addressType": "IPv4",
            "ports": reached,
            "endpoints": [{"addresses": [addresses.node]}],
        },
    ]
