"""How long does a preview of many services on a cluster take, next to the same objects without this project?

The other program declares what one of the services consists of, object by object, with Pulumi's Kubernetes provider.
"""

import json
import statistics
import time
from pathlib import Path

from parts.cluster_services import service
from parts.engine import ModelsProgram, PythonProgram
from triton_serving.plan.kubernetes.manifests import manifests, secret_manifests
from triton_serving.plan.service import Keys

from .clusters import Ready, running_cluster
from .rows import Row, seconds

GOAL = 0.15
COUNTS = (1, 10, 100)
SERVICES = """
import json
from pathlib import Path

import pulumi
from pulumi_kubernetes import Provider
from triton_serving import TritonWebservice

given = json.loads(Path("given.json").read_text())
cluster = Provider("cluster", kubeconfig=given["service"]["kubeconfig"])
for number in range(given["count"]):
    TritonWebservice(f"digits-{number}", given["service"], pulumi.ResourceOptions(providers=[cluster]))
"""
OBJECTS = """
import json
from importlib import import_module
from pathlib import Path

import pulumi
from pulumi_kubernetes import Provider

MODULES = {
    "Deployment": "apps.v1",
    "PodDisruptionBudget": "policy.v1",
    "NetworkPolicy": "networking.v1",
    "HorizontalPodAutoscaler": "autoscaling.v2",
}
given = json.loads(Path("given.json").read_text())
options = pulumi.ResourceOptions(provider=Provider("cluster", kubeconfig=given["kubeconfig"]))
for number in range(given["count"]):
    for name, fields in json.loads(json.dumps(given["objects"]).replace("team-a", f"team-{number}")).items():
        fields.pop("apiVersion")
        kind = fields.pop("kind")
        module = import_module(f"pulumi_kubernetes.{MODULES.get(kind, 'core.v1')}")
        if kind == "ServiceAccount":
            fields["automount_service_account_token"] = fields.pop("automountServiceAccountToken")
        getattr(module, kind)(f"{name}-{number}", options, **fields)
"""


def measure(folder: Path, quick: bool) -> list[Row]:
    with running_cluster(folder) as ready:
        programs: dict[str, tuple[PythonProgram, dict[str, object]]] = {
            "services": (_program(folder / "services", SERVICES), {"service": _service(folder, ready)}),
            "objects": (
                _program(folder / "objects", OBJECTS),
                {"objects": _objects(), "kubeconfig": str(ready.cluster.kubeconfig)},
            ),
        }
        times: dict[tuple[str, int], list[float]] = {}
        for round_ in range(1 + (1 if quick else 3)):
            for count in COUNTS:
                for name, (program, given) in programs.items():
                    (program.project / "given.json").write_text(json.dumps({**given, "count": count}))
                    begin = time.perf_counter()
                    program.preview().fine()
                    if round_:  # the first one compiles what is imported
                        times.setdefault((name, count), []).append(time.perf_counter() - begin)
    return _rows(times)


def _program(folder: Path, text: str) -> PythonProgram:
    folder.mkdir()
    program = PythonProgram(folder)
    program.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # Python keeps what it has compiled, as it does for users
    return program.make(text)


def _service(folder: Path, ready: Ready) -> dict[str, object]:
    """What each of them is given; its model is in the registry afterwards."""
    models = ModelsProgram(folder / "models").make()
    models.declare(name="digits", registry=f"http://{ready.cluster.registry}", allowPlainHttp=True)
    models.up().fine()
    return {
        "model": models.outputs()["imageRef"],
        "triton_image": ready.images["tritonImage"],
        "gateway_image": ready.images["gatewayImage"],
        "allow_plain_http": True,
        "kubeconfig": str(ready.cluster.kubeconfig),
    }


def _objects() -> dict[str, object]:
    return {**manifests(service()), **secret_manifests(service(), Keys("1" * 32, "2" * 32))}


def _rows(times: dict[tuple[str, int], list[float]]) -> list[Row]:
    rows = []
    beyond: dict[str, float] = {}
    few, some, many = COUNTS
    for name, what in {"services": "services", "objects": "only their objects"}.items():
        middle = {count: statistics.median(times[name, count]) for count in COUNTS}
        rows += [Row(f"{what}: {count}", seconds(times[name, count])) for count in COUNTS]
        beyond[name] = (middle[many] - middle[few]) / (many - few)
        slope = (middle[many] - middle[some]) / (many - some) / ((middle[some] - middle[few]) / (some - few))
        told = f"{beyond[name]:.3f} s, among {many} {slope:.2f} times as long as among {some}"
        goal, met = (f"under {GOAL} s", beyond[name] < GOAL) if name == "services" else ("", None)
        rows.append(Row(f"{what}: each beyond the first", told, "", goal, met))
    rows.append(Row("a service to its objects alone", "", f"{beyond['services'] / beyond['objects']:.2f} times"))
    return rows
