"""The programs of a pod, as containers. Each runs as a stranger on a root that cannot be written, and shows nothing of
the pod's secrets in its command line or environment."""

import math
from typing import Any

from ..gateway import pod
from ..gateway.configuration import ARGUMENTS
from ..limits import GATEWAY_MEMORY_BYTES
from ..scoring_server import SOURCE, scoring_command, scoring_variables
from ..service import Mode
from ..triton_server import triton_arguments
from . import probes, volumes
from .quantities import cores, gigabytes, mebibytes
from .service import ClusterService, Delivery, Release, Times

_AFTER_SCRIPT_SECONDS = 3
"""For Triton behind an entry script: when its turn to end comes, nobody is left who could have asked it anything."""
_ENVOY_ITSELF_MIB = 256
"""Besides the bodies that are on their way in."""
_UNPRIVILEGED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
}
_SIDECAR = {"restartPolicy": "Always"}
"""Of an init container: it starts before the others, and ends after them."""


def before(service: ClusterService, which: str) -> list[dict[str, Any]]:
    """Init containers, in the order in which they start; each is waited for until it is done, or has started."""
    release = service.releases[which]
    found = [_fetcher(service, release)] if release.model and service.delivery is Delivery.COPY else []
    found.append(_gateway(service, which) | _SIDECAR)
    if release.plan.mode is Mode.SCORING:
        found.append(_triton(service, release) | _SIDECAR)
    return found


def main(service: ClusterService, which: str) -> dict[str, Any]:
    """Who answers the clients, behind the gateway."""
    release = service.releases[which]
    container = _triton(service, release) if release.plan.mode is Mode.DIRECT else _scoring(service, release)
    return container | {"lifecycle": {"preStop": {"sleep": {"seconds": release.times.leave}}}}


def _gateway(service: ClusterService, which: str) -> dict[str, Any]:
    times = service.releases[which].times
    most = math.ceil(GATEWAY_MEMORY_BYTES / 2**20) + _ENVOY_ITSELF_MIB
    return {
        "name": "gateway",
        "image": service.gateway_image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["envoy", *ARGUMENTS],
        "workingDir": pod.FOLDER,
        "ports": [
            _port("service", pod.SERVICE_PORT),
            _port("probe", pod.PROBE_PORT),
            _port("drain", pod.DRAIN_PORT),
        ],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": mebibytes(most)}},
        "securityContext": _UNPRIVILEGED,
        "volumeMounts": volumes.of_gateway(service, which),
        # A sidecar's hook runs when the pod begins to end, while the others sleep: connections close in good time.
        "lifecycle": {"preStop": {"httpGet": {"path": pod.DRAIN_PATH, "port": pod.DRAIN_PORT, "scheme": "HTTP"}}},
        **probes.of_gateway(times),
    }


def _triton(service: ClusterService, release: Release) -> dict[str, Any]:
    wanted = service.resources
    behind_script = release.plan.mode is Mode.SCORING
    gpus = {wanted.gpu_resource: str(wanted.gpus)} if wanted.gpus else {}
    return {
        "name": "triton",
        "image": service.triton_image,
        "imagePullPolicy": "IfNotPresent",
        "command": _triton_command(service, release, behind_script),
        # For backends that are Python themselves: Triton does not tell them where the models are.
        "env": _variables({"PYTHONDONTWRITEBYTECODE": "1", "TRITON_MODEL_REPOSITORY": _repository(release)}),
        "resources": _resources(
            wanted.cpu_cores, wanted.cpu_cores_limit, wanted.memory_gb, wanted.memory_gb_limit, gpus
        ),
        "securityContext": _UNPRIVILEGED,
        "volumeMounts": volumes.of_triton(),
        **probes.of_triton(release.times, decides=not behind_script),
    }


def _triton_command(service: ClusterService, release: Release, behind_script: bool) -> list[str]:
    return [
        "tritonserver",
        *triton_arguments(
            _repository(release),
            http=pod.TRITON_HTTP,
            grpc=pod.TRITON_GRPC,
            metrics=pod.TRITON_METRICS,
            exit_seconds=_exit_seconds(release.times, behind_script),
            gpus=service.resources.gpus > 0,
        ),
    ]


def _exit_seconds(times: Times, behind_script: bool) -> int:
    return min(_AFTER_SCRIPT_SECONDS, times.drain) if behind_script else times.drain


def _scoring(service: ClusterService, release: Release) -> dict[str, Any]:
    plan, wanted = release.plan, service.resources
    assert plan.script  # noqa: S101 - of every mode with an entry script
    model = volumes.MODELS if release.model else None
    variables = {"HOME": "/tmp"} | scoring_variables(plan, plan.script, SOURCE, model)  # noqa: S108
    if plan.mode is Mode.SCORING:
        resources = _resources(wanted.script_cpu_cores, None, wanted.script_memory_gb, None, {})
    else:
        gpus = {wanted.gpu_resource: str(wanted.gpus)} if wanted.gpus else {}
        resources = _resources(wanted.cpu_cores, wanted.cpu_cores_limit, wanted.memory_gb, wanted.memory_gb_limit, gpus)
    return {
        "name": "scoring",
        "image": release.environment_image,
        "imagePullPolicy": "IfNotPresent",
        "command": list(scoring_command("python", plan.script, SOURCE, pod.SCORING, model)),
        "env": _variables(variables),
        "resources": resources,
        "securityContext": _UNPRIVILEGED,
        "volumeMounts": volumes.of_scoring(release),
        **probes.of_scoring(release.times),
    }


def _fetcher(service: ClusterService, release: Release) -> dict[str, Any]:
    assert release.model  # noqa: S101 - nothing to copy without one
    room = {"ephemeral-storage": mebibytes(math.ceil(release.model.size / 2**20))} if release.model.size else {}
    secret = {"DOCKER_CONFIG": volumes.PULL_SECRET} if service.image_pull_secrets else {}
    plain = ["--allow-plain-http"] if service.allow_plain_http else []
    return {
        "name": "model",
        "image": service.fetcher_image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "triton_serving.models.fetch", release.model.reference, volumes.MODELS, *plain],
        "env": _variables(secret | {"PYTHONDONTWRITEBYTECODE": "1"}),
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"} | room, "limits": {"memory": "512Mi"}},
        "securityContext": _UNPRIVILEGED,
        "volumeMounts": volumes.of_fetcher(service),
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


def _repository(release: Release) -> str:
    return f"{volumes.MODELS}/{release.model.repository}" if release.model else volumes.MODELS


def _resources(
    cpu: float, cpu_limit: float | None, memory_gb: float, memory_limit_gb: float | None, gpus: dict[str, str]
) -> dict[str, Any]:
    """GPUs are given whole: what is asked for is the limit, too."""
    limits = {"memory": gigabytes(memory_gb if memory_limit_gb is None else memory_limit_gb)}
    if cpu_limit is not None:
        limits["cpu"] = cores(cpu_limit)
    return {"requests": {"cpu": cores(cpu), "memory": gigabytes(memory_gb)} | gpus, "limits": limits | gpus}


def _variables(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def _port(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "containerPort": number, "protocol": "TCP"}
