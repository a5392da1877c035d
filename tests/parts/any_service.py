"""Every service on a cluster that the rules let through, drawn by hypothesis."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from triton_serving.plan.kubernetes.service import (
    ClusterService,
    Delivery,
    Exposure,
    Reach,
    Release,
    Replicas,
    Resources,
    Share,
    Strategy,
)
from triton_serving.plan.kubernetes.times import times
from triton_serving.plan.service import Mode, Script

from .cluster_services import MODEL, release, service

names = st.from_regex(r"[a-z][a-z0-9-]{1,30}[a-z0-9]", fullmatch=True)
replicas = st.builds(Replicas, fixed=st.integers(1, 1000)) | st.builds(
    lambda least, more: Replicas(None, least, least + more), st.integers(1, 500), st.integers(0, 500)
)
resources = st.builds(
    Resources,
    cpu_cores=st.floats(0.1, 1024),
    memory_gb=st.floats(1, 1024),
    script_cpu_cores=st.floats(0.1, 64),
    script_memory_gb=st.floats(0.1, 64),
    gpus=st.integers(0, 16),
    gpu_resource=st.sampled_from(["nvidia.com/gpu", "nvidia.com/mig-1g.10gb"]),
    shared_memory_mb=st.integers(16, 500),
)
reaches = st.builds(
    Reach,
    exposure=st.sampled_from(Exposure),
    tls_secret=st.none() | st.just("certificate"),
    gateway=st.just("edge/public"),
    path_prefix=st.sampled_from(["", "/api/v1/service/digits"]),
    allowed_namespaces=st.sampled_from([(), ("shop",)]),
    monitoring_namespace=st.none() | st.just("monitoring"),
    allow_egress=st.booleans(),
)


@st.composite
def releases(draw: st.DrawFn, mode: Mode, name: str) -> Release:
    made = release(mode)
    milliseconds = draw(st.integers(1, 3_600_000))
    script = Script("score.py", scoring_timeout_ms=milliseconds) if mode is not Mode.DIRECT else None
    model = replace(MODEL, size=draw(st.integers(0, 10**12)))
    plan = replace(made.plan, name=name, script=script)
    startup = draw(st.none() | st.integers(1, 86_400))
    return replace(made, plan=plan, model=model, times=times(plan, model.size, startup=startup))


@st.composite
def services(draw: st.DrawFn) -> ClusterService:
    mode, name = draw(st.sampled_from(Mode)), draw(names)
    copies = draw(st.booleans())
    return service(
        mode,
        namespace=draw(names),
        owns_namespace=draw(st.booleans()),
        stable=draw(releases(mode, name)),
        candidate=draw(st.none() | releases(mode, name)),
        share=Share(draw(st.integers(0, 100)), draw(st.integers(0, 100))),
        resources=draw(resources),
        replicas=draw(replicas),
        reach=draw(reaches),
        strategy=draw(st.sampled_from(Strategy)),
        delivery=Delivery.COPY if copies else Delivery.IMAGE_VOLUME,
        fetcher_image=f"registry.example.com/fetcher@sha256:{'6' * 64}" if copies else None,
        image_pull_secrets=draw(st.sampled_from([(), ("registry",)])),
    )


def any_service(test: Callable[[ClusterService], None]) -> Callable[[], None]:
    return settings(max_examples=30, deadline=None)(given(services())(test))
