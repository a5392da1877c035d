"""From the inputs of KubernetesService, which its check found good, to the service that `plan.kubernetes` renders."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..entry.source import Source
from ..models.image_config import read_inventory, read_needs
from ..plan.kubernetes.names import certificate_name
from ..plan.kubernetes.service import (
    ClusterService,
    Delivery,
    Exposure,
    ModelImage,
    Reach,
    Release,
    Replicas,
    Resources,
    ScriptFiles,
    Share,
    Strategy,
)
from ..plan.kubernetes.times import times
from ..plan.service import Mode, Script, ServedModel, ServicePlan
from ..rules.kubernetes_together import is_autoscaled
from ..rules.service import mode_of

SHARED_MEMORY_MB = 64
"""What Docker gives a container; Triton's Python backend starts with 1 MiB an instance and grows with the requests."""
SHARED_MEMORY_MB_PER_INSTANCE = 32


def model_image(reference: str, config: bytes) -> ModelImage:
    needs, inventory = read_needs(config), read_inventory(config)
    registered = needs.repository.partition("/")[0]
    size = sum(size for size, _ in inventory.values())
    return ModelImage(reference, needs.repository, registered, needs.models, size)


def release(
    inputs: Mapping[str, Any], model: ModelImage | None, source: Source | None, environment_image: str | None
) -> Release:
    mode = Mode(mode_of(inputs))
    variables = dict(inputs.get("environmentVariables", {}))
    workers = int(variables.pop("WORKER_COUNT", Script.worker_count))
    plan = ServicePlan(
        name=inputs["name"],
        mode=mode,
        models=tuple(ServedModel(one.name, one.versions) for one in model.needs)
        if model and mode is not Mode.SCRIPT
        else (),
        script=Script(
            entry=source.entry,
            worker_count=workers,
            scoring_timeout_ms=inputs.get("scoringTimeoutMs", Script.scoring_timeout_ms),
            max_request_wait_ms=inputs.get("maxRequestWaitTime"),
            variables=variables,
        )
        if source
        else None,
        auth_enabled=inputs.get("authEnabled", True),
    )
    derived = times(
        plan,
        model.size if model else 0,
        startup=inputs.get("startupTimeoutSeconds"),
        period=inputs.get("periodSeconds"),
        timeout=inputs.get("timeoutSeconds"),
        failures=inputs.get("failureThreshold"),
    )
    return Release(plan, model, _files(source) if source else None, environment_image, derived)


def _files(source: Source) -> ScriptFiles:
    return ScriptFiles(source.digest, {path: Path(source.root, path).read_bytes() for path in source.files})


def cluster_service(
    inputs: Mapping[str, Any], stable: Release, candidate: Release | None, strategy: Strategy
) -> ClusterService:
    return ClusterService(
        namespace=inputs.get("namespace", inputs["name"]),
        owns_namespace="namespace" not in inputs,
        stable=stable,
        gateway_image=inputs["gatewayImage"],
        triton_image=inputs.get("tritonImage"),
        candidate=candidate,
        share=Share(inputs.get("candidatePercent", 0), inputs.get("candidateMirrorPercent", 0)),
        resources=_resources(inputs, stable),
        replicas=_replicas(inputs),
        reach=_reach(inputs),
        strategy=strategy,
        delivery=Delivery(inputs.get("modelDelivery", Delivery.IMAGE_VOLUME)),
        fetcher_image=inputs.get("fetcherImage"),
        allow_plain_http=inputs.get("allowPlainHttp", False),
        image_pull_secrets=tuple(inputs.get("imagePullSecrets", ())),
        node_selector=inputs.get("nodeSelector", {}),
        tolerated_taints=tuple(inputs.get("toleratedTaints", ())),
        tags=inputs.get("tags", {}),
        description=inputs.get("description", ""),
    )


def _resources(inputs: Mapping[str, Any], stable: Release) -> Resources:
    in_python = [one for one in (stable.model.needs if stable.model else ()) if one.backend == "python"]
    derived = SHARED_MEMORY_MB + SHARED_MEMORY_MB_PER_INSTANCE * sum(one.instances for one in in_python)
    default = Resources()
    return Resources(
        cpu_cores=inputs.get("cpuCores", default.cpu_cores),
        cpu_cores_limit=inputs.get("cpuCoresLimit"),
        memory_gb=inputs.get("memoryGb", default.memory_gb),
        memory_gb_limit=inputs.get("memoryGbLimit"),
        script_cpu_cores=inputs.get("scriptCpuCores", default.script_cpu_cores),
        script_memory_gb=inputs.get("scriptMemoryGb", default.script_memory_gb),
        gpus=inputs.get("gpuCores", default.gpus),
        gpu_resource=inputs.get("gpuResource", default.gpu_resource),
        shared_memory_mb=inputs.get("sharedMemoryMb", derived),
    )


def _replicas(inputs: Mapping[str, Any]) -> Replicas:
    if not is_autoscaled(inputs):
        return Replicas(fixed=inputs["numReplicas"])
    queue = inputs.get("autoscaleTargetQueueMs")
    return Replicas(
        fixed=None,
        minimum=inputs.get("autoscaleMinReplicas", Replicas.minimum),
        maximum=inputs.get("autoscaleMaxReplicas", Replicas.maximum),
        target_utilization=None
        if queue is not None
        else inputs.get("autoscaleTargetUtilization", Replicas.target_utilization),
        target_queue_ms=queue,
    )


def _reach(inputs: Mapping[str, Any]) -> Reach:
    return Reach(
        exposure=Exposure(inputs.get("exposure", Exposure.CLUSTER)),
        tls_secret=certificate_name(inputs["name"]) if "tlsCertificate" in inputs else inputs.get("tlsSecret"),
        owns_tls_secret="tlsCertificate" in inputs,
        host_name=inputs.get("hostName"),
        gateway=inputs.get("gateway"),
        path_prefix=inputs.get("pathPrefix", ""),
        allowed_namespaces=tuple(inputs.get("allowedNamespaces", ())),
        monitoring_namespace=inputs.get("monitoringNamespace"),
        allow_unencrypted=inputs.get("allowUnencryptedClients", False),
        allow_egress=inputs.get("allowEgress", False),
    )
