"""Why a pod is not made, or no node takes it: what the cluster says of it, in plain words."""

import re

from .trouble import Hope, Trouble

_SENTENCE = re.compile(r"^\d+/\d+ nodes are available: (.*?)\.(?: |$)")
_INSUFFICIENT = re.compile(r"Insufficient ([\w./-]*\w)")
_ARGUMENTS = {"cpu": "cpu_cores", "memory": "memory_gb"}


def placement_trouble(message: str, *, beside_old_pods: bool) -> Trouble:
    """`beside_old_pods`: the update starts the new pod first, and old ones hold what they hold until then."""
    found = _SENTENCE.match(message)
    lacking = list(dict.fromkeys(_INSUFFICIENT.findall(message)))
    ways = [_way(name, beside_old_pods=beside_old_pods) for name in lacking]
    if "untolerated taint" in message:
        ways.append("name the taint of the nodes that it may use in tolerated_taints")
    if "node affinity/selector" in message:
        ways.append("see that nodes have the labels of node_selector")
    if "unschedulable" in message.partition("preemption:")[0]:
        ways.append("uncordon a node")
    if "Too many pods" in message:
        ways.append("add a node")
    return Trouble(
        f"no node can take it: {found.group(1) if found else message}",
        "; or ".join(ways) or "'kubectl describe pod' says more",
        Hope.SOME,
    )


def refusal_trouble(message: str) -> Trouble:
    """What the API server said to the controller that makes the pods."""
    if "exceeded quota" in message:
        return Trouble(
            f"its pods are more than the namespace's quota allows: {message}",
            "raise the ResourceQuota, or ask for less by num_replicas, cpu_cores, memory_gb or gpu_cores",
            Hope.SOME,
        )
    return Trouble(
        f"the cluster refuses its pods: {message}",
        "ask who runs the cluster for an exception, or choose a namespace with other rules",
        Hope.LITTLE,
    )


def _way(resource: str, *, beside_old_pods: bool) -> str:
    if "/" in resource:
        ways = f"add a node with a free {resource}, or ask for fewer by gpu_cores"
    else:
        ways = f"add a node, or ask for less by {_ARGUMENTS.get(resource, resource)}"
    if beside_old_pods:
        ways = f"choose strategy 'recycle', which ends an old pod before its successor starts; or {ways}"
    return ways
