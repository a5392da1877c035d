"""The service plan as processes of this machine: command lines and environments, nothing started yet.

Every path is relative to the service's folder, in which the processes run: Triton hands paths to a shell unquoted, so
an absolute one with a space or a `$` in it would break every Python model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from .gateway.configuration import ARGUMENTS as GATEWAY_ARGUMENTS
from .scoring_server import scoring_command, scoring_variables, triton_options
from .service import Script, ServicePlan

EXIT_SECONDS = 15
"""How long Triton finishes what it has begun. One idle kept connection makes it wait for all of that."""


@dataclass(frozen=True)
class Process:
    """What is needed to start one program."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    """All of it, but for what the supervisor adds: INHERITED, and a mark by which it finds the process again."""


INHERITED = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES")
"""Taken over from whoever ran `pulumi up`; everything else stays out, so that a service depends on its plan alone."""


@dataclass(frozen=True)
class TritonPlaces:
    """Paths of one Triton, those inside of the service's folder relative to it."""

    installation: str
    """A link to the installed server: `<installation>/bin/tritonserver`, `backends`."""
    repository: str
    temporary: str
    """How its folder of temporary files begins; each Triton has its own."""
    shared_memory_prefix: str
    """How its regions in /dev/shm begin, so that they can be found when it was killed; each Triton's go on
    differently."""
    environment: Mapping[str, str]
    """PATH and LD_LIBRARY_PATH that the installed server needs."""
    complete_configurations: bool = False
    """Whether the models' configurations leave nothing for Triton to find out. Asking costs it 1.3 s for each model
    that runs in Python: its Python backend sleeps for a second in between (24.10)."""


@dataclass(frozen=True)
class ScoringPlaces:
    """Paths of one scoring server."""

    python: str
    """The environment's interpreter, absolute."""
    source: str
    """The copied source folder."""
    model: str
    """The files of the model version: AZUREML_MODEL_DIR."""
    temporary: str
    """How its folder of temporary files begins."""


def triton_process(places: TritonPlaces, http_port: int, grpc_port: int) -> Process:
    command = (
        f"{places.installation}/bin/tritonserver",
        f"--model-repository={places.repository}",
        f"--backend-directory={places.installation}/backends",
        f"--backend-config=python,shm-region-prefix-name={places.shared_memory_prefix}",
        "--model-control-mode=none",
        "--exit-on-error=true",
        "--strict-readiness=true",
        "--http-address=127.0.0.1",
        f"--http-port={http_port}",
        "--reuse-http-port=true",  # the supervisor holds the port without listening, so that nobody else gets it
        "--grpc-address=127.0.0.1",
        f"--grpc-port={grpc_port}",
        "--reuse-grpc-port=true",
        "--allow-metrics=false",
        "--pinned-memory-pool-byte-size=0",
        "--model-load-thread-count=2",
        f"--exit-timeout-secs={EXIT_SECONDS}",
        *(("--disable-auto-complete-config",) if places.complete_configurations else ()),
    )
    environment = {
        **places.environment,
        "TMPDIR": places.temporary,
        "PYTHONDONTWRITEBYTECODE": "1",
        "TRITON_MODEL_REPOSITORY": places.repository,  # for our onnxruntime backend, which Triton does not tell
    }
    return Process(command, environment)


def gateway_process(program: str) -> Process:
    """Runs in the folder of its files, of which there is one for each start with another port or program."""
    return Process((program, *GATEWAY_ARGUMENTS), {})


def scoring_process(
    plan: ServicePlan,
    script: Script,
    places: ScoringPlaces,
    folder: str,
    port: int,
    triton_ports: tuple[int, int] | None,
) -> Process:
    """`folder` is the service's, absolute: scripts change their working folder and still read AZUREML_MODEL_DIR. Of
    Triton's ports the first is for HTTP, the other for gRPC."""
    inside = PurePosixPath(folder)
    source, model = str(inside / places.source), str(inside / places.model)
    command = [*scoring_command(places.python, script, source, port, model), "--reuse_port"]
    if triton_ports is not None:
        command.extend(triton_options(*triton_ports))
    environment = {
        "PATH": f"{PurePosixPath(places.python).parent}:/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": str(inside / places.temporary),
        **scoring_variables(plan, script, source, model),
    }
    return Process(tuple(command), environment)
