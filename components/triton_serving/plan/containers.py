"""The service plan as containers of Docker: what Pulumi's provider for Docker is given, nothing made yet.

    gateway   publishes the port on 127.0.0.1; its network is the one of all three
    triton    in that network, on loopback: nobody else can reach it
    scoring   likewise; what an entry script calls localhost:8000 and 8001 is Triton

Triton and scoring server are a set with ports of its own, one of two. An update starts the other set beside the one
that serves, and the gateway, which stays, leads there once it is ready. A new gateway is the exception: containers hold
on to the network of the one they were started with, so all three are made anew, and nobody answers meanwhile.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .gateway.clusters import Upstream
from .gateway.configuration import ARGUMENTS, Targets
from .gateway.inside import FOLDER, PORT, RUN_FOLDER
from .limits import GATEWAY_MEMORY_BYTES
from .scoring_server import SOURCE, scoring_command, scoring_variables, triton_options
from .service import Mode, ServicePlan
from .triton_server import triton_arguments

VERSION = "/var/azureml-app/version"
"""One model version: `model` as it was registered, `repository` as Triton sees it."""
MODELS = f"{VERSION}/model"
"""AZUREML_MODEL_DIR: contains the registered folder under its own name."""
USER = "65532:65532"
"""Nobody's, on any machine. What is mounted can be read by everyone, in a folder that only its owner can enter."""
EXIT_SECONDS = 15
"""How long Triton finishes what it has begun."""
STOP_SECONDS = 30
"""After which a container that does not end is killed."""
LABEL = "triton-serving.service"
"""On all that belongs to a service; its value is the name of the service's folder."""
FIELDS = (
    *("image", "entrypoints", "command", "envs", "user", "workingDir", "readOnly", "capabilities", "securityOpts"),
    *("restart", "memory", "memorySwap", "cpus", "shmSize", "gpus", "tmpfs", "mounts", "ports", "logDriver"),
    *("logOpts", "labels", "healthcheck", "stopTimeout", "destroyGraceSeconds"),
)
"""What is said of a container here. The network is not: it is known when the gateway is there."""

_ENVOY_ITSELF_MB = 256
"""Besides the bodies that are on their way in."""
_LOGS = {"max-size": "10m", "max-file": "3"}
_OWN = "nosuid,nodev,uid=65532,gid=65532,mode=0700"
"""USER's: some versions of runc give a folder of memory the mode that it has in the image, but never the owner."""
_TEMPORARY = f"rw,exec,{_OWN}"
"""Files of memory, counted in the container's: nothing of them is left anywhere. Python models bring libraries along,
which are mapped from there, so `exec`."""

Container = dict[str, Any]


@dataclass(frozen=True)
class Room:
    """What containers may take. Of memory also what lies in /tmp and /dev/shm."""

    memory_gb: float = 4.0
    """Of Triton, or of the script where there is no Triton."""
    script_memory_gb: float = 1.0
    """Of an entry script beside Triton."""
    cpu_cores_limit: float | None = None
    """Of each; None: as much as the machine has to spare."""
    shared_memory_mb: int = 64
    gpus: bool = False
    """All that there are."""


@dataclass(frozen=True)
class ContainerService:
    plan: ServicePlan
    owner: str
    """The value of LABEL."""
    port: int
    """Of this machine, on 127.0.0.1."""
    slot: int
    """Which of the two sets: 0 or 1."""
    gateway_image: str
    triton_image: str | None
    environment_image: str | None
    gateway_folder: str
    """Folders of this machine, absolute. This one is the gateway's, with its three files."""
    model_folder: str | None
    """One model version; None where there is none."""
    source_folder: str | None
    startup_seconds: int
    room: Room = Room()


def containers(service: ContainerService) -> dict[str, Container]:
    """By their parts; the gateway first, which the others need."""
    found = {"gateway": _gateway(service)}
    if service.plan.mode is not Mode.SCRIPT:
        found["triton"] = _triton(service)
    if service.plan.mode is not Mode.DIRECT:
        found["scoring"] = _scoring(service)
    return found


def targets(mode: Mode, slot: int) -> Targets:
    """What the gateway calls the programs of a set."""
    http, grpc = ("triton", "triton-grpc") if mode is not Mode.SCRIPT else (None, None)
    scoring = "scoring" if mode is not Mode.DIRECT else None
    return Targets(*(name and f"{name}-{slot}" for name in (http, grpc, scoring)))


def upstreams(mode: Mode, slot: int) -> list[Upstream]:
    names, at = targets(mode, slot), _ports(slot)
    found = [Upstream(names.http, at["http"])] if names.http else []
    found += [Upstream(names.grpc, at["grpc"], grpc=True)] if names.grpc else []
    return [*found, Upstream(names.scoring, at["scoring"])] if names.scoring else found


def _ports(slot: int) -> Mapping[str, int]:
    return {"http": 8000 + 10 * slot, "grpc": 8001 + 10 * slot, "scoring": 5001 + 10 * slot}


def _gateway(service: ContainerService) -> Container:
    return {
        **_confined(service, service.gateway_image, GATEWAY_MEMORY_BYTES / 2**20 + _ENVOY_ITSELF_MB),
        "entrypoints": ["envoy"],
        "command": list(ARGUMENTS),
        "workingDir": FOLDER,
        "mounts": [_mounted(service.gateway_folder, FOLDER)],
        "tmpfs": {RUN_FOLDER: f"rw,noexec,size=1m,{_OWN}"},
        "ports": [{"internal": PORT, "external": service.port, "ip": "127.0.0.1", "protocol": "tcp"}],
    }


def _triton(service: ContainerService) -> Container:
    assert service.triton_image  # noqa: S101 - of every mode with Triton
    assert service.model_folder  # noqa: S101 - likewise
    room, at = service.room, _ports(service.slot)
    repository = f"{VERSION}/repository"
    arguments = triton_arguments(
        repository, http=at["http"], grpc=at["grpc"], metrics=None, exit_seconds=EXIT_SECONDS, gpus=room.gpus
    )
    return {
        **_confined(service, service.triton_image, room.memory_gb * 1000),
        "entrypoints": ["tritonserver"],
        "command": arguments,
        # For backends that are Python themselves: Triton does not tell them where the models are.
        "envs": ["PYTHONDONTWRITEBYTECODE=1", f"TRITON_MODEL_REPOSITORY={repository}"],
        "mounts": [_mounted(service.model_folder, VERSION)],
        "tmpfs": {"/tmp": _TEMPORARY},  # noqa: S108 - in the container
        "shmSize": room.shared_memory_mb,
        "healthcheck": _asked(service, _from_bash(at["http"])),
        **({"gpus": "all"} if room.gpus else {}),
    }


def _scoring(service: ContainerService) -> Container:
    plan, room, at = service.plan, service.room, _ports(service.slot)
    assert plan.script  # noqa: S101 - of every mode with an entry script
    assert service.environment_image  # noqa: S101 - likewise
    assert service.source_folder  # noqa: S101 - likewise
    model = MODELS if service.model_folder else None
    command = [*scoring_command("python", plan.script, SOURCE, at["scoring"], model)]
    if plan.mode is Mode.SCORING:
        command.extend(triton_options(at["http"], at["grpc"]))
    variables = {"HOME": "/tmp"} | scoring_variables(plan, plan.script, SOURCE, model)  # noqa: S108 - in the container
    memory_gb = room.script_memory_gb if plan.mode is Mode.SCORING else room.memory_gb
    mounts = [_mounted(service.source_folder, SOURCE)]
    if service.model_folder:
        mounts.append(_mounted(f"{service.model_folder}/model", MODELS))
    return {
        **_confined(service, service.environment_image, memory_gb * 1000),
        "entrypoints": command[:1],
        "command": command[1:],
        "envs": [f"{name}={value}" for name, value in variables.items()],
        "mounts": mounts,
        "tmpfs": {"/tmp": _TEMPORARY},  # noqa: S108 - in the container
        "healthcheck": _asked(service, _from_python(at["scoring"])),
        **({"gpus": "all"} if room.gpus and plan.mode is Mode.SCRIPT else {}),
    }


def _confined(service: ContainerService, image: str, memory_mb: float) -> Container:
    """A stranger on a root that cannot be written, with bounds for all that it can use up."""
    limit = service.room.cpu_cores_limit
    memory = math.ceil(memory_mb)
    return {
        "image": image,
        "user": USER,
        "readOnly": True,
        "capabilities": {"drops": ["ALL"]},
        "securityOpts": ["no-new-privileges:true"],
        "restart": "unless-stopped",
        "memory": memory,
        "memorySwap": memory,  # the same: nothing is swapped out
        "logDriver": "json-file",
        "logOpts": _LOGS,
        "labels": [{"label": LABEL, "value": service.owner}],
        "stopTimeout": STOP_SECONDS,
        "destroyGraceSeconds": STOP_SECONDS,
        **({"cpus": f"{limit:g}"} if limit is not None else {}),
    }


def _mounted(source: str, target: str) -> dict[str, Any]:
    return {"type": "bind", "source": source, "target": target, "readOnly": True}


def _asked(service: ContainerService, test: list[str]) -> dict[str, Any]:
    start = f"{service.startup_seconds // 60}m{service.startup_seconds % 60}s"
    return {"tests": test, "interval": "10s", "timeout": "5s", "retries": 3, "startPeriod": start}


def _from_bash(port: int) -> list[str]:
    """Triton's Python backend starts its processes with bash, so it is there, while curl may not be.

    When Docker started the gateway anew, this container is in the network of the old one, where nobody listens: it
    ends, and Docker starts it again in the new one."""
    lines = (
        f": >/dev/tcp/127.0.0.1/{PORT} || kill 1",
        f"exec 3<>/dev/tcp/127.0.0.1/{port} || exit 1",
        "printf 'GET /v2/health/ready HTTP/1.0\\r\\n\\r\\n' >&3",
        "read -r line <&3",
        "[[ $line == *' 200 '* ]]",
    )
    return ["CMD", "bash", "-c", "\n".join(lines)]


def _from_python(port: int) -> list[str]:
    """Likewise."""
    lines = (
        "import os, socket, urllib.request",
        f"if socket.socket().connect_ex(('127.0.0.1', {PORT})): os.kill(1, 15)",
        f"urllib.request.urlopen('http://127.0.0.1:{port}/', timeout=4)",
    )
    return ["CMD", "python", "-c", "\n".join(lines)]
