"""Why a container ended: its exit status, in plain words."""

from collections.abc import Sequence

from .trouble import Hope, Object, Trouble, title_of

RESTARTS_OF_THE_HOPELESS = 3
"""After about 45 s of a program that ends at once: kubelets wait longer from restart to restart."""
SCRIPT_CANNOT_BE_SERVED = 3
"""What the scoring server ends with when the entry script itself is at fault."""
_WAITS_FOR_A_REGISTRY = "model"
"""It ends when the registry is away, which may be back in a while."""
_SIGNALS = {134: "aborted", 137: "was killed", 139: "crashed (segmentation fault)", 143: "was asked to end"}


def end_trouble(pod: Object, status: Object, spec: Object, events: Sequence[Object]) -> Trouble | None:
    """None for a container that has not ended, or that is through with its work."""
    state = status["state"]
    end = state.get("terminated") or status.get("lastState", {}).get("terminated")
    if end is None or (state.get("terminated", {}).get("exitCode") == 0 and spec.get("restartPolicy") != "Always"):
        return None
    if "running" in state and status["ready"]:
        return None
    running = "running" in state
    name = status["name"]
    hopeless = status["restartCount"] >= RESTARTS_OF_THE_HOPELESS and not running and name != _WAITS_FOR_A_REGISTRY
    hope = Hope.NONE if hopeless else Hope.SOME
    if end.get("reason") == "OOMKilled":
        limit = spec.get("resources", {}).get("limits", {}).get("memory", "unknown")
        return Trouble(
            f"{title_of(name)} needs more memory than its limit of {limit} and was ended for it",
            f"raise {_memory_argument(pod, name)}",
            hope if running else Hope.NONE,
            name,
            running,
        )
    if end.get("reason") in ("StartError", "ContainerCannotRun"):
        return Trouble(
            f"{title_of(name)} cannot be started: {end.get('message', '')}",
            "see that its image is the right one",
            hope,
        )
    if name == "scoring" and end["exitCode"] == SCRIPT_CANNOT_BE_SERVED:
        return Trouble(
            "the entry script cannot be served", "mend it and run the same command again", Hope.NONE, name, running
        )
    if _was_too_slow(name, events) and end["exitCode"] in (137, 143):
        return Trouble(
            f"{title_of(name)} was not ready in the time that it has for its start, and was started again",
            "raise startup_timeout_seconds if it only needs more time",
            hope,
            name,
            running,
        )
    code = end["exitCode"]
    told = _SIGNALS.get(code, f"ended with exit status {code}")
    times = status["restartCount"] + (not running)
    return Trouble(
        f"{title_of(name)} {told}" + (f", {times} times" if times > 1 else ""),
        _MEND.get(name, "mend it and run the same command again"),
        hope,
        name,
        running,
    )


_MEND = {
    "triton": "mend the model that the log names and run the same command again",
    "scoring": "mend the entry script and run the same command again",
    "gateway": "report it with the log: its configuration is this component's own",
    "model": "see that pods reach the model's registry, and that the model version is whole",
}


def _memory_argument(pod: Object, container: str) -> str:
    beside_triton = any(
        spec["name"] == "triton" for kind in ("initContainers", "containers") for spec in pod["spec"].get(kind, ())
    )
    return "script_memory_gb" if container == "scoring" and beside_triton else "memory_gb"


def _was_too_slow(container: str, events: Sequence[Object]) -> bool:
    return any(
        event.get("reason") == "Killing" and f"{container} failed startup probe" in event.get("message", "")
        for event in events
    )
