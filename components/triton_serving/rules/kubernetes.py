"""What may be said about a service on Kubernetes, value by value; `kubernetes_together` judges what goes with what."""

import re
from collections.abc import Callable, Mapping

from .service import (
    mode_problem,
    model_problem,
    name_problem,
    path_problem,
    scoring_timeout_problem,
    startup_timeout_problem,
    switch_problem,
    text_problem,
)
from .triton_releases import SAFE_TRITON, release_of, shown_release
from .wording import all_of

EXPOSURES = ("cluster", "load-balancer", "internal-load-balancer", "gateway")
DELIVERIES = ("image-volume", "copy")
STRATEGIES = ("surge", "recycle", "recreate")
MOST_REPLICAS = 1000
MOST_GPUS = 16  # of one node, on any that can be rented

Rule = Callable[[object], str | None]

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_IMAGE = re.compile(r"[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)*(:[\w][\w.-]{0,127})?@sha256:[0-9a-f]{64}")
_RESOURCE = re.compile(r"[a-z0-9.-]+/[A-Za-z0-9._-]+")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_GATEWAY = re.compile(r"([a-z0-9-]{1,63}/)?[a-z0-9.-]{1,253}")
_TAINT = re.compile(r"[A-Za-z0-9./_-]+(=[A-Za-z0-9._-]*)?:(NoSchedule|PreferNoSchedule|NoExecute)")
_TAG = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")


def image_problem(image: object) -> str | None:
    if isinstance(image, str) and _IMAGE.fullmatch(image):
        return None
    return (
        f"must be an image by digest, such as registry.example.com/team/image:1.2@sha256:… (got {image!r}); a tag "
        "alone can be moved to other content: docker buildx imagetools inspect tells the digest"
    )


def old_triton_problem(image: str) -> str | None:
    release = release_of(image)
    if release is None or release >= SAFE_TRITON:
        return None
    return (
        f"must be release {shown_release(SAFE_TRITON)} or later, since older ones have known security holes "
        f"(got {shown_release(release)}); take a newer one, or set allowOldTriton if nobody untrusted reaches the "
        "service"
    )


def one_of(*known: str) -> Rule:
    return lambda value: None if value in known else f"must be {' or '.join(known)} (got {value!r}); choose one of them"


def whole(least: int, most: int) -> Rule:
    def rule(value: object) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return None
        return f"must be a whole number from {least} to {most} (got {value!r})"

    return rule


LEAST = 0.1
"""Of cores and of memory: AKS would raise less, and every preview would show that as a change."""


def amount(most: float, unit: str) -> Rule:
    def rule(value: object) -> str | None:
        if isinstance(value, int | float) and not isinstance(value, bool) and LEAST <= value <= most:
            return None
        return f"must be at least {LEAST:g} and at most {most:g} {unit} (got {value!r})"

    return rule


def like(expression: re.Pattern[str], what: str) -> Rule:
    def rule(value: object) -> str | None:
        if isinstance(value, str) and len(value) <= 253 and expression.fullmatch(value):
            return None
        return f"must be {what} (got {value!r})"

    return rule


def each(rule: Rule) -> Rule:
    def of_list(values: object) -> str | None:
        if not isinstance(values, list | tuple):
            return f"must be a list (got {values!r})"
        return all_of(map(rule, values))

    return of_list


def texts_problem(values: object) -> str | None:
    if isinstance(values, Mapping) and all(isinstance(value, str) for value in values.values()):
        return None
    return "must be names with a text each, such as {team: vision}; quote numbers and true or false"


def tags_problem(tags: object) -> str | None:
    if (problem := texts_problem(tags)) or not isinstance(tags, Mapping):
        return problem
    bad = ", ".join(repr(name) for name in tags if not _TAG.fullmatch(name))
    return (
        f"must have names of 1 to 63 letters, digits, '-', '_' and '.', no sign first or last (got {bad}); "
        "they become annotations"
        if bad
        else None
    )


def service_name_problem(name: object) -> str | None:
    if (problem := name_problem(name)) is None and str(name).endswith("-candidate"):
        return f"must not end in -candidate, as the parts of another service's candidate do (got {name!r}); rename it"
    return problem


_NAMESPACE = like(_LABEL, "lower-case letters, digits and hyphens, no hyphen first or last, at most 63")
_OBJECT = like(_DOMAIN, "the name of an object in the service's namespace, such as digits-tls")
_MAX_WAIT_MS = 3_600_000

RULES: Mapping[str, Rule] = {
    "name": service_name_problem,
    "namespace": _NAMESPACE,
    "model": model_problem,
    "mode": mode_problem,
    "entryScript": path_problem,
    "sourceDirectory": path_problem,
    "environmentImage": image_problem,
    "scoringTimeoutMs": scoring_timeout_problem,
    "maxRequestWaitTime": whole(1, _MAX_WAIT_MS),
    "tritonImage": image_problem,
    "gatewayImage": image_problem,
    "fetcherImage": image_problem,
    "modelDelivery": one_of(*DELIVERIES),
    "imagePullSecrets": each(_OBJECT),
    "allowPlainHttp": switch_problem,
    "allowOldTriton": switch_problem,
    "gpuCores": whole(0, MOST_GPUS),
    "gpuResource": like(_RESOURCE, "a resource of the nodes, such as nvidia.com/gpu or nvidia.com/mig-1g.10gb"),
    "cpuCores": amount(1024, "cores"),
    "cpuCoresLimit": amount(1024, "cores"),
    "memoryGb": amount(16_384, "GB"),
    "memoryGbLimit": amount(16_384, "GB"),
    "scriptCpuCores": amount(1024, "cores"),
    "scriptMemoryGb": amount(16_384, "GB"),
    "sharedMemoryMb": whole(16, 1_048_576),
    "nodeSelector": texts_problem,
    "toleratedTaints": each(like(_TAINT, "a taint as nodes have it, such as sku=gpu:NoSchedule")),
    "authEnabled": switch_problem,
    "numReplicas": whole(1, MOST_REPLICAS),
    "autoscaleEnabled": switch_problem,
    "autoscaleMinReplicas": whole(1, MOST_REPLICAS),
    "autoscaleMaxReplicas": whole(1, MOST_REPLICAS),
    "autoscaleTargetUtilization": whole(1, 100),
    "autoscaleTargetQueueMs": whole(1, 60_000),
    "strategy": one_of(*STRATEGIES),
    "mostGpus": whole(0, MOST_GPUS * MOST_REPLICAS),
    "exposure": one_of(*EXPOSURES),
    "tlsSecret": _OBJECT,
    "hostName": like(_DOMAIN, "a host name in lower case, such as digits.example.com"),
    "gateway": like(_GATEWAY, "a Gateway of the cluster, name or namespace/name"),
    "pathPrefix": like(_PREFIX, "a path without a slash at its end, such as /api/v1/service/digits"),
    "allowUnencryptedClients": switch_problem,
    "allowedNamespaces": each(_NAMESPACE),
    "monitoringNamespace": _NAMESPACE,
    "allowEgress": switch_problem,
    "startupTimeoutSeconds": startup_timeout_problem,
    "periodSeconds": whole(1, 3600),
    "timeoutSeconds": whole(1, 3600),
    "failureThreshold": whole(1, 100),
    "tags": tags_problem,
    "description": text_problem,
    "context": text_problem,
    "candidateModel": model_problem,
    "candidateEnvironmentImage": image_problem,
    "candidateEntryScript": path_problem,
    "candidateSourceDirectory": path_problem,
    "candidatePercent": whole(0, 100),
    "candidateMirrorPercent": whole(0, 100),
}
"""One rule for each input whose value can be judged alone."""
