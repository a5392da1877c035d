"""The stack's configuration: read in one place, all mistakes told at once.

Pulumi.yaml declares the same settings with their descriptions and defaults; a test holds the two together. What a value
must be beyond its kind (a valid name, say) is a rule of the components, told by them in the same preview.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import example
import pulumi
from pulumi.runtime.config import get_config_env
from triton_serving import LocalWebserviceArgs, ScoringEnvironmentArgs, TritonModelRepositoryArgs
from triton_serving.rules.arguments import unknown_arguments


@dataclass(frozen=True)
class Setting:
    argument: str
    """The component's argument that it becomes."""
    kind: str
    """What a value must be, in words."""
    parse: Callable[[str], Any]
    """From the text that Pulumi hands over; raises ValueError. None, "", [] and {} leave the argument out: Pulumi wants
    a default for every setting that it describes, and these are the ones that say nothing."""


def _path(text: str) -> str:
    """Users write paths from the project's root; the program runs in the folder of this file.

    Kept relative, so that the state holds no path of one machine and a checkout can move.
    """
    return str(Path("..") / Path(text).expanduser()) if text.strip() else ""


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError
    return text


def _texts(text: str) -> dict[str, str]:
    texts = json.loads(text)
    if not isinstance(texts, dict) or not all(isinstance(value, str) for value in texts.values()):
        raise ValueError
    return texts


def _lines(text: str) -> list[str]:
    lines = json.loads(text)
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise ValueError
    return lines


def _switch(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError
    return text == "true"


def _pin(text: str) -> int | None:
    return int(text) or None


SERVED: Mapping[str, Setting] = {
    "example": Setting("example", "the name of a folder in examples/", _text),
    "mode": Setting("mode", "direct, scoring or script", _text),
}
"""What is served, and how: an example of this checkout, unless `modelDirectory` names a model of your own."""

MODEL_REPOSITORY: Mapping[str, Setting] = {
    "modelDirectory": Setting("directory", "the path of a folder", _path),
    "modelName": Setting("name", "a name", str.strip),
    "modelDescription": Setting("description", "text", str),
    "modelTags": Setting("tags", "names with a text each, such as {team: vision}", _texts),
    "registry": Setting("registry", "registry.example.com/team or oci-layout:///folder", str.strip),
    "keepVersions": Setting("keep_versions", "a whole number", int),
    "pinnedVersion": Setting("pinned_version", "the number of a version, or 0", _pin),
    "allowPlainHttp": Setting("allow_plain_http", "true or false", _switch),
}

SCORING_ENVIRONMENT: Mapping[str, Setting] = {
    "pipPackages": Setting("pip_packages", "a list of packages, such as [nltk==3.9.2]", _lines),
    "environmentVariables": Setting(
        "environment_variables", 'names with a text each, such as {WORKER_COUNT: "2"}', _texts
    ),
}

ENTRY_SCRIPT: Mapping[str, Setting] = {
    "entryScript": Setting("entry_script", "the path of a Python file", str.strip),
    "sourceDirectory": Setting("source_directory", "the path of a folder", _path),
    "scoringTimeoutMs": Setting("scoring_timeout_ms", "milliseconds, or 0", _pin),
}
"""What of the service only its entry script needs; direct mode leaves it out, so that switching is one line."""

LOCAL_WEBSERVICE: Mapping[str, Setting] = {
    "serviceName": Setting("service_name", "a name", str.strip),
    "port": Setting("port", "the number of a port, or 0", int),
    "authEnabled": Setting("auth_enabled", "true or false", _switch),
    "primaryRotation": Setting("primary_rotation", "text", str),
    "secondaryRotation": Setting("secondary_rotation", "text", str),
    "startupTimeoutSeconds": Setting("startup_timeout_seconds", "seconds, or 0", _pin),
}

ALL = {**SERVED, **MODEL_REPOSITORY, **SCORING_ENVIRONMENT, **ENTRY_SCRIPT, **LOCAL_WEBSERVICE}


@dataclass(frozen=True)
class Settings:
    model_repository: TritonModelRepositoryArgs
    scoring_environment: ScoringEnvironmentArgs | None
    """None in direct mode, which runs no script."""
    local_webservice: LocalWebserviceArgs
    request: Mapping[str, str] | None
    """What to try the service with: a file, from the project's root, its content type and the path that takes it."""

    @classmethod
    def load(cls) -> Self:
        """The settings of the stack that is being deployed; ends with one message that tells every mistake."""
        prefix = f"{pulumi.get_project()}:"
        given = {key.removeprefix(prefix): text for key, text in get_config_env().items() if key.startswith(prefix)}
        arguments, problems = read(given)
        if not problems:
            arguments, problems = example.complete(arguments)
        if problems:
            count = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
            head = f"the configuration of stack '{pulumi.get_stack()}' has {count}:"
            raise pulumi.RunError("\n  ".join([head, *problems]))
        models = TritonModelRepositoryArgs(**_of(arguments, MODEL_REPOSITORY))
        service = LocalWebserviceArgs(mode=arguments["mode"], **_of(arguments, LOCAL_WEBSERVICE))
        if arguments["mode"] == "direct":
            return cls(models, None, service, arguments.get("request"))
        environment = ScoringEnvironmentArgs(**_of(arguments, SCORING_ENVIRONMENT))
        return cls(models, environment, {**service, **_of(arguments, ENTRY_SCRIPT)}, arguments.get("request"))


def read(given: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The arguments that the given texts mean, by the names of the settings, and what is wrong with the others."""
    arguments, problems = {}, unknown_arguments(given, ALL, "a setting")
    for key, setting in ALL.items():
        if key in given:
            try:
                argument = setting.parse(given[key])
                if argument not in (None, "", [], {}):
                    arguments[key] = argument
            except ValueError:
                problems.append(f"'{key}' must be {setting.kind} (got {given[key]!r})")
    if "entryScript" in arguments and "sourceDirectory" not in arguments:
        arguments["entryScript"] = _path(arguments["entryScript"])  # else it lies in that folder
    return arguments, problems


def _of(arguments: Mapping[str, Any], settings: Mapping[str, Setting]) -> dict[str, Any]:
    return {setting.argument: arguments[key] for key, setting in settings.items() if key in arguments}
