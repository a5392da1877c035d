"""What may be said about a service that runs in Docker's containers on this machine, and what only about one of the two
ways to run it."""

from collections.abc import Callable, Mapping

from .kubernetes import amount, image_problem, whole
from .service import RULES as SERVICE_RULES
from .service import combination_problems, mode_of

PROCESSES, CONTAINERS = "processes", "containers"
WAYS = (PROCESSES, CONTAINERS)
_OWN: Mapping[str, Callable[[object], str | None]] = {
    "gatewayImage": image_problem,
    "tritonImage": image_problem,
    "environmentImage": image_problem,
    "memoryGb": amount(16_384, "GB"),
    "scriptMemoryGb": amount(16_384, "GB"),
    "cpuCoresLimit": amount(1024, "cores"),
    "sharedMemoryMb": whole(16, 1_048_576),
}
MISPLACED = frozenset(_OWN)
"""Of no use to processes."""
RULES: Mapping[str, Callable[[object], str | None]] = {
    **{key: rule for key, rule in SERVICE_RULES.items() if key != "environment"},
    **_OWN,
}
"""One rule for each input whose value can be judged alone."""


def way_problem(runs_in: object) -> str | None:
    if runs_in in WAYS:
        return None
    return (
        f"must be {PROCESSES} or {CONTAINERS}, and known before anything is made (got {runs_in!r}); choose one of them"
    )


def misplaced_in_processes(given: Mapping[str, object]) -> list[str]:
    way_out = f"has no use while the service runs as processes; set runsIn to '{CONTAINERS}' or remove it"
    return [f"'{name}' {way_out}" for name in sorted(MISPLACED) if name in given]


def container_problems(given: Mapping[str, object]) -> list[str]:
    """What does not go together, by the names of the inputs."""
    mode = mode_of(given)
    problems = combination_problems(given, environment="environmentImage")
    if "gatewayImage" not in given:
        problems.append("'gatewayImage' is required with containers: Envoy's image by digest")
    if mode != "script" and "tritonImage" not in given:
        problems.append(f"'tritonImage' is required in {mode} mode with containers: NVIDIA's Triton image by digest")
    unused = {"script": ("tritonImage", "sharedMemoryMb", "scriptMemoryGb"), "direct": ("scriptMemoryGb",)}
    problems += [f"'{name}' has no use in {mode} mode; remove it" for name in unused.get(mode, ()) if name in given]
    if "environment" in given:
        problems.append(
            "'environment' has no use with containers, which need an image; give environmentImage, the imageRef of a "
            "ScoringEnvironment with a registry"
        )
    return problems
