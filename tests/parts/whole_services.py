"""A few whole services on Kubernetes, with much of what can be said: for golden files and for a real API server."""

from dataclasses import replace

from triton_serving.plan.kubernetes.service import (
    ClusterService,
    Delivery,
    Exposure,
    Reach,
    Replicas,
    Resources,
    ScriptFiles,
    Share,
    Strategy,
)
from triton_serving.plan.kubernetes.times import times
from triton_serving.plan.service import Mode, Script

from .cluster_services import MODEL, release, service

CERTIFICATE = "digits-tls"
FILES = {"src/score.py": b"def init(): ...\ndef run(data): return data\n", "words.bin": b"\x00\xff", "guide.txt": b"Hi"}


def whole_services() -> dict[str, ClusterService]:
    return {
        "direct-on-cpu": _timed(service()),
        "scoring-on-gpu": _timed(
            service(
                Mode.SCORING,
                namespace="shared",
                owns_namespace=False,
                resources=Resources(cpu_cores=2, cpu_cores_limit=4, memory_gb=16, gpus=2, shared_memory_mb=1024),
                replicas=Replicas(fixed=None, minimum=2, maximum=6),
                reach=Reach(
                    Exposure.INTERNAL_LOAD_BALANCER,
                    tls_secret=CERTIFICATE,
                    monitoring_namespace="monitoring",
                ),
                strategy=Strategy.RECYCLE,
                tolerated_taints=("team=vision:NoSchedule",),
                node_selector={"agentpool": "gpu"},
                tags={"team": "vision"},
                description="Reads digits",
            )
        ),
        "script": _timed(
            service(
                Mode.SCRIPT,
                resources=Resources(gpus=1, gpu_resource="nvidia.com/mig-1g.10gb"),
                replicas=Replicas(fixed=3),
                reach=Reach(path_prefix="/api/v1/service/digits", allow_egress=True),
                strategy=Strategy.RECREATE,
                image_pull_secrets=("registry",),
            )
        ),
        "candidate": _timed(
            service(
                candidate=release(),
                share=Share(percent=10, mirror_percent=5),
                replicas=Replicas(fixed=2),
                reach=Reach(Exposure.GATEWAY, host_name="digits.example.com", gateway="edge/public"),
            )
        ),
        "copied-model": _timed(
            service(
                delivery=Delivery.COPY,
                fetcher_image=f"registry.example.com/fetcher@sha256:{'6' * 64}",
                image_pull_secrets=("registry",),
                reach=Reach(allowed_namespaces=("shop", "lab")),
            )
        ),
    }


def _timed(given: ClusterService) -> ClusterService:
    """With the times that follow from the plan, and files of several folders and kinds where there is a script."""
    made = given.stable
    if made.script:
        script = Script("src/score.py", worker_count=2, max_request_wait_ms=500, variables={"LANGUAGE": "en"})
        made = replace(made, script=ScriptFiles("2" * 64, FILES), plan=replace(made.plan, script=script))
    made = replace(made, times=times(made.plan, MODEL.size))
    candidate = given.candidate and replace(given.candidate, times=made.times)
    return replace(given, stable=made, candidate=candidate)
