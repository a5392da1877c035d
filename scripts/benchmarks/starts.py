"""How long heavy imports take, and the plugins until they tell the engine their port; each in a process of its own."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

from parts.engine import ROOT, Stack

from .rows import Row, seconds

PYTHON = "python itself"
IMPORTS = {
    PYTHON: "pass",
    "import pulumi": "import pulumi",
    "import pulumi_azure_native": "import pulumi_azure_native",
    "the five modules of it that the program by hand uses": (
        "import pulumi_azure_native as azure; azure.authorization.RoleAssignment, azure.containerregistry.Registry, "
        "azure.containerservice.ManagedCluster, azure.managedidentity.UserAssignedIdentity, azure.resources.Resource"
    ),
    "the modules of pulumi_kubernetes that a service uses": (
        "import pulumi_kubernetes as k; k.Provider, k.core.v1, k.apps.v1, k.networking.v1, k.policy.v1"
    ),
    "import triton_serving": "import triton_serving",
    "import triton_serving.gpu_cluster": "import triton_serving.gpu_cluster",
}
PLUGINS = {
    "plugin triton-serving, until it tells its port": (sys.executable, str(ROOT / "components")),
    "stand-in for Azure, until it tells its port": (),
}


def start_rows(stack: Stack, rounds: int) -> list[Row]:
    environ = {**stack.environ, "PYTHONPATH": str(ROOT / "components")}
    [stand_in] = (Path(stack.environ["PULUMI_HOME"]) / "plugins").glob("resource-azure-native-*/pulumi-resource-*")
    times: dict[str, list[float]] = {}
    for round_ in range(1 + rounds):
        for name, code in IMPORTS.items():
            taken = _ended([sys.executable, "-c", code], environ)
            if round_:
                times.setdefault(name, []).append(taken)
        for name, command in PLUGINS.items():
            taken = _told([*(command or [str(stand_in)]), "127.0.0.1:1"], environ)
            if round_:
                times.setdefault(name, []).append(taken)
    bare = statistics.median(times[PYTHON])
    return [
        Row(name, seconds(taken), "" if name == PYTHON else f"{statistics.median(taken) - bare:.3f} s beyond Python's")
        for name, taken in times.items()
    ]


def _ended(command: list[str], environ: dict[str, str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, env=environ, check=True)
    return time.perf_counter() - begin


def _told(command: list[str], environ: dict[str, str]) -> float:
    begin = time.perf_counter()
    with subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as plugin:
        port = plugin.stdout.readline() if plugin.stdout else ""
        taken = time.perf_counter() - begin
        plugin.kill()
    if not port.strip().isdigit():
        raise RuntimeError(f"{command[0]} told no port: {port!r}")
    return taken
