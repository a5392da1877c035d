"""Services on Kubernetes as the plan has them, for tests of what is made of them."""

from dataclasses import replace
from typing import Any

from triton_serving.models.needs import Input, ModelNeeds
from triton_serving.plan.kubernetes.service import ClusterService, ModelImage, Release, ScriptFiles, Times
from triton_serving.plan.service import Mode, Script, ServedModel, ServicePlan

DIGITS = ModelNeeds("digits", (1, 3), "onnxruntime", False, 1, (Input("images", "FP32", (-1, 64)),))
MODEL = ModelImage(
    reference=f"registry.example.com/team/digits@sha256:{'1' * 64}",
    repository="models/triton",
    registered="models",
    needs=(DIGITS,),
    size=10_000_000,
)
SCRIPT = ScriptFiles("2" * 64, {"score.py": b"def init(): ...\ndef run(data): return data\n"})


def service(mode: Mode = Mode.DIRECT, **changed: Any) -> ClusterService:
    """`digits` in the namespace `team-a`, with whatever else is said."""
    told = ClusterService(
        namespace="team-a",
        owns_namespace=True,
        stable=release(mode),
        gateway_image=f"registry.example.com/envoy@sha256:{'3' * 64}",
        triton_image=None if mode is Mode.SCRIPT else f"registry.example.com/tritonserver@sha256:{'4' * 64}",
    )
    return replace(told, **changed)


def release(mode: Mode = Mode.DIRECT) -> Release:
    scripted = mode is not Mode.DIRECT
    plan = ServicePlan(
        name="digits",
        mode=mode,
        models=() if mode is Mode.SCRIPT else (ServedModel("digits", (1, 3)),),
        script=Script("score.py") if scripted else None,
        auth_enabled=True,
    )
    return Release(
        plan=plan,
        model=MODEL,
        script=SCRIPT if scripted else None,
        environment_image=f"registry.example.com/scoring@sha256:{'5' * 64}" if scripted else None,
        times=Times(startup=120, progress=420),
    )
