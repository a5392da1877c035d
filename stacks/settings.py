"""The stack's configuration: read in one place, all mistakes told at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import example
import local_cluster
import pulumi
from ahead import problems_of_cluster, problems_of_registry, problems_of_service
from pulumi.runtime.config import get_config_env
from tables import (
    ALL,
    ENTRY_SCRIPT,
    GPU_CLUSTER,
    IMAGE,
    KUBERNETES,
    LOCAL_WEBSERVICE,
    MODEL_REPOSITORY,
    OF_CONTAINERS,
    ON_AZURE,
    SCORING_ENVIRONMENT,
    TARGETS,
    WEBSERVICE,
    Setting,
    file_path,
)
from triton_serving import (
    GpuClusterArgs,
    LocalWebserviceArgs,
    ScoringEnvironmentArgs,
    TritonModelRepositoryArgs,
    TritonWebserviceArgs,
)
from triton_serving.rules.arguments import unknown_arguments

UNUSED: Mapping[str, tuple[str, ...]] = {"direct": ("environmentImage",), "scoring": (), "script": ("tritonImage",)}
"""Settings that a mode has no use for; left out, so that switching is one line."""


@dataclass(frozen=True)
class Settings:
    mode: str
    model_repository: TritonModelRepositoryArgs
    request: Mapping[str, str] | None
    """What to try the service with: a file, from the project's root, its content type and the path that takes it."""
    scoring_environment: ScoringEnvironmentArgs | None = None
    """None in direct mode, which runs no script, and where its image has been made before."""
    local_webservice: LocalWebserviceArgs | None = None
    """None where the service goes to a cluster."""
    triton_webservice: TritonWebserviceArgs | None = None
    """None where the service stays on this machine, and where there is none: a cluster that others' services share."""
    candidate: TritonModelRepositoryArgs | None = None
    gpu_cluster: GpuClusterArgs | None = None
    """None where the cluster is there already."""
    cluster_stack: str | None = None
    """The stack that made the cluster, where that is another one."""

    @classmethod
    def load(cls) -> Self:
        """The settings of the stack that is being deployed; ends with one message that tells every mistake."""
        prefix = f"{pulumi.get_project()}:"
        given = {key.removeprefix(prefix): text for key, text in get_config_env().items() if key.startswith(prefix)}
        target = given.get("target") or ("kubernetes" if pulumi.get_stack() == "kubernetes" else "local")
        if target == "kubernetes" and not given.get("clusterStack"):
            given = local_cluster.completed(given)
        arguments, problems = read(given)
        problems += _misplaced(arguments, target)
        if not problems:
            arguments, problems = example.complete(arguments)
        if not problems and target in ON_AZURE:
            problems = cls._on_cluster(arguments, target)._problems_ahead()
        if problems:
            count = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
            head = f"the configuration of stack '{pulumi.get_stack()}' has {count}:"
            raise pulumi.RunError("\n  ".join([head, *problems]))
        return cls._on_this_machine(arguments) if target == "local" else cls._on_cluster(arguments, target)

    @classmethod
    def _on_this_machine(cls, arguments: Mapping[str, Any]) -> Self:
        mode = arguments["mode"]
        models = TritonModelRepositoryArgs(**_of(arguments, MODEL_REPOSITORY))
        contained = arguments.get("runsIn") == "containers"
        images = {key: KUBERNETES[key] for key in OF_CONTAINERS if contained and key not in UNUSED[mode]}
        service = LocalWebserviceArgs(mode=mode, **_of(arguments, {**LOCAL_WEBSERVICE, **images}))
        if mode == "direct":
            return cls(mode, models, arguments.get("request"), local_webservice=service)
        environment = ScoringEnvironmentArgs(**_of(arguments, SCORING_ENVIRONMENT))
        if contained:
            environment = _environment_to_build(arguments)
            if environment and "registry" in models:
                environment["registry"] = models["registry"]
        service = {**service, **_of(arguments, ENTRY_SCRIPT)}
        return cls(mode, models, arguments.get("request"), environment, service)

    @classmethod
    def _on_cluster(cls, arguments: Mapping[str, Any], target: str) -> Self:
        models = TritonModelRepositoryArgs(**_of(arguments, MODEL_REPOSITORY))
        makes_cluster = target in ON_AZURE
        return cls(
            mode=arguments["mode"],
            model_repository=models,
            request=arguments.get("request"),
            scoring_environment=_environment_to_build(arguments),
            triton_webservice=None if target == "aks-cluster" else _webservice(arguments),
            candidate=_candidate(arguments, models),
            gpu_cluster=_gpu_cluster(arguments) if makes_cluster else None,
            cluster_stack=arguments.get("clusterStack"),
        )

    def _problems_ahead(self) -> list[str]:
        cluster = self.gpu_cluster or {}
        problems = problems_of_cluster(cluster)
        if self.triton_webservice is not None:
            problems += problems_of_registry(cluster, self.model_repository)
            problems += problems_of_service(self.triton_webservice, self.scoring_environment, self.candidate)
        return list(dict.fromkeys(problems))


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
        arguments["entryScript"] = file_path(arguments["entryScript"])  # else it lies in that folder
    return arguments, problems


def _misplaced(arguments: Mapping[str, Any], target: str) -> list[str]:
    """A setting that the target does not read would be lost without a word."""
    if target not in TARGETS:
        return [f"'target' must be {', '.join(TARGETS[:-1])} or {TARGETS[-1]} (got {target!r})"]
    problems = []
    if target not in ON_AZURE:
        aks = " or ".join(ON_AZURE)
        problems += [f"'{key}' goes with 'target' {aks} (got {target})" for key in GPU_CLUSTER if key in arguments]
    if "runsIn" in arguments and target != "local":
        problems.append(f"'runsIn' goes with 'target' local (got {target})")
    if "clusterStack" in arguments and target != "kubernetes":
        problems.append(f"'clusterStack' goes with 'target' kubernetes (got {target})")
    if "clusterStack" in arguments and "kubeconfig" in arguments:
        problems.append("'kubeconfig' and 'clusterStack' both say which cluster; remove one of them")
    if "kubeconfig" in arguments and target in ON_AZURE:
        problems.append(f"'kubeconfig' goes with 'target' kubernetes (got {target}, which gets its own from Azure)")
    return problems


def _webservice(arguments: Mapping[str, Any]) -> TritonWebserviceArgs:
    mode = arguments["mode"]
    needed = {key: setting for key, setting in KUBERNETES.items() if key not in UNUSED[mode]}
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
    return service


def _environment_to_build(arguments: Mapping[str, Any]) -> ScoringEnvironmentArgs | None:
    """Unless somebody says what has been built already."""
    if arguments["mode"] == "direct" or "environmentImage" in arguments:
        return None
    environment = ScoringEnvironmentArgs(**_of(arguments, {**SCORING_ENVIRONMENT, **IMAGE}))
    if "allowPlainHttp" in arguments:
        environment["allow_plain_http"] = arguments["allowPlainHttp"]
    return environment


def _gpu_cluster(arguments: Mapping[str, Any]) -> GpuClusterArgs:
    cluster = GpuClusterArgs(**_of(arguments, GPU_CLUSTER))
    if "tritonImage" in arguments and arguments["mode"] != "script":
        cluster["triton_image"] = arguments["tritonImage"]
    return cluster


def _candidate(arguments: Mapping[str, Any], models: TritonModelRepositoryArgs) -> TritonModelRepositoryArgs | None:
    if "candidateDirectory" not in arguments:
        return None
    kept = {key: value for key, value in models.items() if key != "pinned_version"}
    own = {"directory": arguments["candidateDirectory"], "name": f"{models['name']}-candidate"}
    return TritonModelRepositoryArgs(**{**kept, **own})


def _of(arguments: Mapping[str, Any], settings: Mapping[str, Setting]) -> dict[str, Any]:
    return {setting.argument: arguments[key] for key, setting in settings.items() if key in arguments}
