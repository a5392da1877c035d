"""What may be said about a service: name, mode, port, times; and what goes with what."""

import re
from collections.abc import Callable, Mapping

DEFAULT_PORT = 6789  # Azure ML's LocalWebservice in its tutorials
LONGEST_TIMEOUT_MS = 3_600_000  # the inference server's own default, so the longest that a v1 service ever waited
LONGEST_STARTUP_SECONDS = 24 * 3600
MODES = ("direct", "scoring", "script")

_NAME = re.compile(r"[a-z](?:[a-z0-9-]{1,30}[a-z0-9])")
_IMAGE = re.compile(r".+@sha256:[0-9a-f]{64}")
_ENVIRONMENT = re.compile(r"local-environment@sha256:[0-9a-f]{64}")


def name_problem(name: object) -> str | None:
    if isinstance(name, str) and _NAME.fullmatch(name):
        return None
    return (
        "must be 3 to 32 lower-case letters, digits and hyphens, a letter first and no hyphen last "
        f"(got {name!r}); choose another name, or set serviceName"
    )


def mode_problem(mode: object) -> str | None:
    if mode in MODES:
        return None
    return (
        f"must be direct (clients call Triton), scoring (a script calls Triton) or script (no Triton) (got {mode!r}); "
        "choose one of them"
    )


def port_problem(port: object) -> str | None:
    if isinstance(port, int) and not isinstance(port, bool) and 0 <= port <= 65535:
        return None
    return f"must be 1 to 65535, or 0 for any free one (got {port!r}); {DEFAULT_PORT} is the default"


def model_problem(model: object) -> str | None:
    if isinstance(model, str) and _IMAGE.fullmatch(model):
        return None
    return (
        f"must be an image by digest, such as registry.example.com/team/digits@sha256:… (got {model!r}); "
        "give the imageRef of a TritonModelRepository"
    )


def environment_problem(environment: object) -> str | None:
    if isinstance(environment, str) and _ENVIRONMENT.fullmatch(environment):
        return None
    return f"must be the environmentRef of a ScoringEnvironment (got {environment!r}); declare one and give its output"


def path_problem(path: object) -> str | None:
    return None if isinstance(path, str) and path.strip() else f"must be a path (got {path!r})"


def text_problem(text: object) -> str | None:
    return None if isinstance(text, str) else f"must be text (got {text!r}); quote it"


def scoring_timeout_problem(milliseconds: object) -> str | None:
    if _whole(milliseconds, 1, LONGEST_TIMEOUT_MS):
        return None
    return (
        f"must be 1 to {LONGEST_TIMEOUT_MS} milliseconds, a whole number (got {milliseconds!r}); 60000 is the default"
    )


def startup_timeout_problem(seconds: object) -> str | None:
    if _whole(seconds, 1, LONGEST_STARTUP_SECONDS):
        return None
    return (
        f"must be 1 to {LONGEST_STARTUP_SECONDS} seconds, a whole number (got {seconds!r}); "
        "leave it out for two minutes and more for a large model"
    )


def switch_problem(value: object) -> str | None:
    return None if isinstance(value, bool) else f"must be true or false (got {value!r})"


RULES: Mapping[str, Callable[[object], str | None]] = {
    "name": name_problem,
    "model": model_problem,
    "mode": mode_problem,
    "entryScript": path_problem,
    "sourceDirectory": path_problem,
    "environment": environment_problem,
    "port": port_problem,
    "authEnabled": switch_problem,
    "allowPlainHttp": switch_problem,
    "scoringTimeoutMs": scoring_timeout_problem,
    "startupTimeoutSeconds": startup_timeout_problem,
    "description": text_problem,
}
"""One rule for each input whose value can be judged alone."""


def mode_of(given: Mapping[str, object]) -> str:
    """What v1 decided the same way: a service with an entry script is one that scores."""
    return str(given.get("mode", "scoring" if "entryScript" in given else "direct"))


def combination_problems(given: Mapping[str, object], environment: str = "environment") -> list[str]:
    """What does not go together, by the names of the inputs; `environment` is the one of what a script runs in."""
    mode = mode_of(given)
    needed = {"direct": ("model",), "scoring": ("model", "entryScript", environment)}
    problems = [
        f"'{name}' is required in {mode} mode"
        for name in needed.get(mode, ("entryScript", environment))
        if name not in given
    ]
    if mode == "direct":
        problems += [
            f"'{name}' has no use in direct mode, where clients call Triton itself; remove it or set mode to 'scoring'"
            for name in ("entryScript", "sourceDirectory", environment, "environmentVariables", "scoringTimeoutMs")
            if name in given
        ]
    if given.get("authEnabled") is not True:
        problems += [
            f"'{name}' has no use while keys are off; set authEnabled to true or remove it"
            for name in ("primaryKey", "secondaryKey")
            if name in given
        ]
    return problems


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
