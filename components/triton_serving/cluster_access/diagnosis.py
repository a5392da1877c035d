"""What keeps one pod from getting ready, from its status and its events."""

import re
from collections.abc import Iterator, Sequence

from .ends import end_trouble
from .placement import placement_trouble
from .pulls import REASONS as PULL_REASONS
from .pulls import pull_trouble
from .trouble import Hope, Object, Trouble, title_of

_NO_IMAGE_VOLUMES = re.compile(r'failed to mkdir "": |no volume plugin matched|image volume.*not (supported|enabled)')
_MISSING_OBJECT = re.compile(r'(secret|configmap) "([^"]+)" not found')
_ASKED_ON_BEHALF = "gateway"
"""Its readiness is that of all: it is blamed last."""


def is_ready(pod: Object) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions) and not is_leaving(pod)


def is_leaving(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def is_unscheduled(pod: Object) -> bool:
    return _unscheduled(pod) is not None


def pod_trouble(pod: Object, events: Sequence[Object] = (), *, beside_old_pods: bool = False) -> Trouble | None:
    """None for one that is ready, is leaving, or is on its way without anything to say. `events` are the pod's own,
    oldest first."""
    if is_ready(pod) or is_leaving(pod):
        return None
    status = pod["status"]
    if status.get("phase") == "Failed":
        return _failed(status)
    if unscheduled := _unscheduled(pod):
        return placement_trouble(unscheduled.get("message", ""), beside_old_pods=beside_old_pods)
    found = [*_of_containers(pod, events), *_of_volumes(events)]
    return min(found, key=lambda one: one.hope) if found else _not_ready(pod, events)


def _unscheduled(pod: Object) -> Object | None:
    conditions = pod["status"].get("conditions", ())
    return next((one for one in conditions if one["type"] == "PodScheduled" and one["status"] == "False"), None)


def _failed(status: Object) -> Trouble:
    """The pod as a whole was ended; another one takes its place."""
    why = f"{status.get('reason', 'Failed')}: {status.get('message', '').strip()}".rstrip(": ")
    remedy = "'kubectl describe node' says whether the node has room and is well"
    if status.get("reason") == "Evicted" and re.search("ephemeral|EmptyDir", status.get("message", "")):
        remedy = "write less to /tmp"
    elif status.get("reason") == "Evicted" and "memory" in status.get("message", ""):
        remedy = "ask for what it needs by memory_gb, so that it is placed where that is free"
    return Trouble(f"its node ended it ({why})", remedy, Hope.SOME)


def _of_containers(pod: Object, events: Sequence[Object]) -> Iterator[Trouble]:
    for status, spec in _containers(pod):
        waiting = status["state"].get("waiting", {})
        reason, message = waiting.get("reason", ""), waiting.get("message", "")
        if reason in PULL_REASONS:
            yield pull_trouble(status["name"], spec["image"], f"{reason}: {message}")
        elif reason in ("CreateContainerConfigError", "CreateContainerError"):
            yield _not_made(status["name"], message)
        elif trouble := end_trouble(pod, status, spec, events):
            yield trouble


def _not_made(container: str, message: str) -> Trouble:
    if _NO_IMAGE_VOLUMES.search(message):
        return _without_image_volumes(message)
    if missing := _MISSING_OBJECT.search(message):
        return _without_object(missing)
    return Trouble(f"{title_of(container)} cannot be started: {message}", "correct what it names", Hope.LITTLE)


def _of_volumes(events: Sequence[Object]) -> Iterator[Trouble]:
    """Statuses say nothing of them. The last event counts: what it tells of may be over."""
    last = events[-1] if events else {}
    message = last.get("message", "")
    if last.get("reason") == "FailedMount":
        if missing := _MISSING_OBJECT.search(message):
            yield _without_object(missing)
        elif _NO_IMAGE_VOLUMES.search(message):
            yield _without_image_volumes(message)
        else:
            yield Trouble(f"a volume cannot be mounted: {message}", "it is tried again all the time", Hope.SOME)
    elif last.get("reason") == "FailedCreatePodSandBox":
        yield Trouble(f"its node cannot start pods: {message}", "see that the node is well", Hope.SOME)


def _without_object(missing: re.Match[str]) -> Trouble:
    kind = {"secret": "Secret", "configmap": "ConfigMap"}[missing.group(1)]
    return Trouble(
        f"it needs the {kind} '{missing.group(2)}', which is not there",
        "make it in the service's namespace, or run 'pulumi refresh' and 'pulumi up' where it is the service's own",
        Hope.LITTLE,
    )


def _without_image_volumes(message: str) -> Trouble:
    return Trouble(
        f"its node cannot mount images as volumes ({message})",
        "set model_delivery to 'copy', or choose nodes with Kubernetes 1.35 and containerd 2.1 or later",
        Hope.LITTLE,
    )


def _not_ready(pod: Object, events: Sequence[Object]) -> Trouble | None:
    """Programs run; a probe says that one of them is not ready."""
    running = [
        status["name"]
        for status, _ in _containers(pod)
        if "running" in status["state"] and not (status["ready"] and status.get("started", True))
    ]
    if not running:
        return None
    name = next((name for name in running if name != _ASKED_ON_BEHALF), running[0])
    said = [event["message"] for event in events if event.get("reason") == "Unhealthy" and _is_of(event, name)]
    return Trouble(
        f"{title_of(name)} runs but is not ready" + (f": {said[-1]}" if said else ""),
        "raise startup_timeout_seconds if it only needs more time",
        Hope.SOME,
        name,
    )


def _is_of(event: Object, container: str) -> bool:
    return f"{{{container}}}" in str(event["involvedObject"].get("fieldPath", ""))


def _containers(pod: Object) -> Iterator[tuple[Object, Object]]:
    """Status and specification, in the order in which they start."""
    for kind in "initContainer", "container":
        specs = {spec["name"]: spec for spec in pod["spec"].get(f"{kind}s", ())}
        statuses = {status["name"]: status for status in pod["status"].get(f"{kind}Statuses", ())}
        yield from ((statuses[name], specs[name]) for name in specs if name in statuses)
