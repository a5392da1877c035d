"""Pod Security: what Kubernetes' restricted profile asks, and a root filesystem that nobody writes to."""

from collections.abc import Iterator, Mapping
from typing import Any

from .kinds import DOCKER_CONTAINER, PODS, containers_of, pod_of
from .rule import UNKNOWN, Resource, Rule, Settings, at, entries, is_or_will_be, texts

_OF_THE_HOST = ("hostNetwork", "hostPID", "hostIPC")
_SECCOMP = ("RuntimeDefault", "Localhost")


def _pods(resource: Resource, settings: Settings) -> Iterator[str]:
    if resource.type == DOCKER_CONTAINER and at(resource.inputs, "privileged") is True:
        yield "'privileged' must be false, its default (got True); remove it"
    found = pod_of(resource)
    if found is None or at(resource.inputs, "metadata.namespace") in settings["exemptNamespaces"]:
        return
    path, pod = found
    for name in _OF_THE_HOST:
        if at(pod, name) is True:
            yield f"'{path}.{name}' must be false, its default (got True); remove it"
    for number, volume in enumerate(entries(pod, "volumes")):
        if isinstance(volume, Mapping) and at(volume, "hostPath") is not None:
            yield (
                f"'{path}.volumes[{number}].hostPath' must not be there: the node's own files lie behind it; use an "
                "emptyDir, a claim or an image volume"
            )
    for place, container in containers_of(path, pod):
        yield from _container(f"{place}.securityContext", container, pod)


def _container(place: str, container: Mapping[str, Any], pod: Mapping[str, Any]) -> Iterator[str]:
    own = container.get("securityContext")
    if own is UNKNOWN:
        return
    context = own if isinstance(own, Mapping) else {}

    def inherited(name: str) -> Any:
        """The container's own word counts; where it says nothing, the pod's."""
        value = at(context, name)
        return at(pod, f"securityContext.{name}") if value is None else value

    if not is_or_will_be(inherited("runAsNonRoot"), True):
        yield f"'{place}.runAsNonRoot' must be true, here or for the pod; set it, and take an image that needs no root"
    if inherited("runAsUser") == 0:
        yield f"'{place}.runAsUser' must not be 0, which is root; give the number of another user"
    if not is_or_will_be(context.get("readOnlyRootFilesystem"), True):
        yield f"'{place}.readOnlyRootFilesystem' must be true; set it, and mount an emptyDir where it must write"
    if not is_or_will_be(context.get("allowPrivilegeEscalation"), False):
        yield f"'{place}.allowPrivilegeEscalation' must be false; set it"
    if context.get("privileged") is True:
        yield f"'{place}.privileged' must be false, its default (got True); remove it"
    if UNKNOWN not in (context.get("capabilities"), at(context, "capabilities.drop")):
        if "ALL" not in entries(context, "capabilities.drop"):
            yield f"'{place}.capabilities.drop' must hold ALL; set it, and add back at most NET_BIND_SERVICE"
        for added in entries(context, "capabilities.add"):
            if not is_or_will_be(added, "NET_BIND_SERVICE"):
                yield f"'{place}.capabilities.add' must hold nothing but NET_BIND_SERVICE (got {added!r}); remove it"
    if not is_or_will_be(inherited("seccompProfile.type"), *_SECCOMP):
        yield f"'{place}.seccompProfile.type' must be {' or '.join(_SECCOMP)}, here or for the pod; set it"


RULES = (
    Rule(
        "pod-security",
        "Containers have no more rights than they need: no root, no privileges, nothing of the node, no changed files.",
        (*PODS, DOCKER_CONTAINER),
        _pods,
        settings={
            "exemptNamespaces": texts(["kube-system"], "Namespaces of the cluster's own parts, which need the node.")
        },
    ),
)
