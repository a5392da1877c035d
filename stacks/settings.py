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
import local_cluster
import pulumi
from pulumi.runtime.config import get_config_env
from triton_serving import (
    LocalWebserviceArgs,
    ScoringEnvironmentArgs,
    TritonModelRepositoryArgs,
    TritonWebserviceArgs,
)
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


def _switch(text: str) -> bool | None:
    if text not in ("true", "false", ""):
        raise ValueError
    return text == "true" if text else None


def _pin(text: str) -> int | None:
    return int(text) or None


def _amount(text: str) -> float | None:
    return float(text) if text.strip() else None


SERVED: Mapping[str, Setting] = {
    "target": Setting("target", "local or kubernetes", str.strip),
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

WEBSERVICE: Mapping[str, Setting] = {
    "serviceName": Setting("service_name", "a name", str.strip),
    "authEnabled": Setting("auth_enabled", "true or false", _switch),
    "primaryRotation": Setting("primary_rotation", "text", str),
    "secondaryRotation": Setting("secondary_rotation", "text", str),
    "startupTimeoutSeconds": Setting("startup_timeout_seconds", "seconds, or 0", _pin),
}
"""What a service has wherever it runs."""

LOCAL_WEBSERVICE: Mapping[str, Setting] = {**WEBSERVICE, "port": Setting("port", "the number of a port, or 0", int)}

KUBERNETES: Mapping[str, Setting] = {
    "namespace": Setting("namespace", "a name", str.strip),
    "tritonImage": Setting("triton_image", "an image by digest", str.strip),
    "gatewayImage": Setting("gateway_image", "an image by digest", str.strip),
    "environmentImage": Setting("environment_image", "an image by digest", str.strip),
    "fetcherImage": Setting("fetcher_image", "an image by digest", str.strip),
    "modelDelivery": Setting("model_delivery", "image-volume or copy", str.strip),
    "gpuCores": Setting("gpu_cores", "a whole number", _pin),
    "cpuCores": Setting("cpu_cores", "a number, such as 0.5", _amount),
    "memoryGb": Setting("memory_gb", "a number, such as 4", _amount),
    "scriptCpuCores": Setting("script_cpu_cores", "a number, such as 0.5", _amount),
    "scriptMemoryGb": Setting("script_memory_gb", "a number, such as 1", _amount),
    "numReplicas": Setting("num_replicas", "a whole number, or 0", _pin),
    "autoscaleMaxReplicas": Setting("autoscale_max_replicas", "a whole number, or 0", _pin),
    "strategy": Setting("strategy", "surge, recycle or recreate", str.strip),
    "exposure": Setting("exposure", "cluster, load-balancer, internal-load-balancer or gateway", str.strip),
    "tlsSecret": Setting("tls_secret", "the name of a Secret", str.strip),
    "hostName": Setting("host_name", "a host name", str.strip),
    "gateway": Setting("gateway", "namespace/name of a Gateway", str.strip),
    "pathPrefix": Setting("path_prefix", "a path", str.strip),
    "allowUnencryptedClients": Setting("allow_unencrypted_clients", "true or false", _switch),
    "monitoringNamespace": Setting("monitoring_namespace", "a name", str.strip),
    "candidatePercent": Setting("candidate_percent", "a whole number, or 0", _pin),
    "candidateMirrorPercent": Setting("candidate_mirror_percent", "a whole number, or 0", _pin),
}

CLUSTER: Mapping[str, Setting] = {
    "kubeconfig": Setting("kubeconfig", "the path of a file", _path),
    "candidateDirectory": Setting("directory", "the path of a folder", _path),
}
"""What goes to the program itself: the provider, and a repository for the candidate."""

ALL = {
    **SERVED, **MODEL_REPOSITORY, **SCORING_ENVIRONMENT, **ENTRY_SCRIPT, **LOCAL_WEBSERVICE, **KUBERNETES, **CLUSTER,
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    model_repository: TritonModelRepositoryArgs
    mode: str
    request: Mapping[str, str] | None
    """What to try the service with: a file, from the project's root, its content type and the path that takes it."""
    scoring_environment: ScoringEnvironmentArgs | None = None
    """None in direct mode, which runs no script, and on a cluster, where its image has been made before."""
    local_webservice: LocalWebserviceArgs | None = None
    """None where the service goes to a cluster."""
    triton_webservice: TritonWebserviceArgs | None = None
    candidate: TritonModelRepositoryArgs | None = None

    @classmethod
    def load(cls) -> Self:
        """The settings of the stack that is being deployed; ends with one message that tells every mistake."""
        prefix = f"{pulumi.get_project()}:"
        given = {key.removeprefix(prefix): text for key, text in get_config_env().items() if key.startswith(prefix)}
        target = given.get("target") or ("kubernetes" if pulumi.get_stack() == "kubernetes" else "local")
        if target == "kubernetes":
            given = local_cluster.completed(given)
        arguments, problems = read(given)
        if target not in ("local", "kubernetes"):
            problems.append(f"'target' must be local or kubernetes (got {target!r})")
        if not problems:
            arguments, problems = example.complete(arguments)
        if problems:
            count = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
            head = f"the configuration of stack '{pulumi.get_stack()}' has {count}:"
            raise pulumi.RunError("\n  ".join([head, *problems]))
        return cls._on_cluster(arguments) if target == "kubernetes" else cls._on_this_machine(arguments)

    @classmethod
    def _on_this_machine(cls, arguments: Mapping[str, Any]) -> Self:
        mode = arguments["mode"]
        models = TritonModelRepositoryArgs(**_of(arguments, MODEL_REPOSITORY))
        service = LocalWebserviceArgs(mode=mode, **_of(arguments, LOCAL_WEBSERVICE))
        if mode == "direct":
            return cls(models, mode, arguments.get("request"), local_webservice=service)
        environment = ScoringEnvironmentArgs(**_of(arguments, SCORING_ENVIRONMENT))
        service = {**service, **_of(arguments, ENTRY_SCRIPT)}
        return cls(models, mode, arguments.get("request"), environment, service)

    @classmethod
    def _on_cluster(cls, arguments: Mapping[str, Any]) -> Self:
        mode = arguments["mode"]
        models = TritonModelRepositoryArgs(**_of(arguments, MODEL_REPOSITORY))
        unused = {"direct": ("environmentImage",), "scoring": (), "script": ("tritonImage",)}[mode]
        needed = {key: setting for key, setting in KUBERNETES.items() if key not in unused}
        service = TritonWebserviceArgs(mode=mode, **_of(arguments, {**WEBSERVICE, **needed}))
        if arguments.get("modelDelivery") != "copy":
            service.pop("fetcher_image", None)  # one that `make cluster` has left, and nobody asked for
        if mode != "direct":
            service = {**service, **_of(arguments, ENTRY_SCRIPT)}
            if "environmentVariables" in arguments:
                service["environment_variables"] = arguments["environmentVariables"]
        if "kubeconfig" in arguments:
            service["kubeconfig"] = arguments["kubeconfig"]
        if "allowPlainHttp" in arguments:
            service["allow_plain_http"] = arguments["allowPlainHttp"]
        candidate = None
        if "candidateDirectory" in arguments:
            kept = {key: value for key, value in models.items() if key != "pinned_version"}
            own = {"directory": arguments["candidateDirectory"], "name": f"{models['name']}-candidate"}
            candidate = TritonModelRepositoryArgs(**{**kept, **own})
        return cls(
            models,
            mode,
            arguments.get("request"),
            triton_webservice=service,
            candidate=candidate,
        )


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
