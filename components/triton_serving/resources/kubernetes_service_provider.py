"""What KubernetesService does when the engine asks: judge all arguments at once, then say which objects follow.

    check    rules; reads the entry script and completes the inputs with its files, so that a preview shows each
    diff     compares them
    create   \\
    update   / the model's needs, what the cluster has to spare, the strategy, the objects: the same in previews
    read     as it is: what is on the cluster, the objects' own provider sees
    delete   nothing: the objects go by themselves
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..cluster_access.connection import Cluster
from ..cluster_access.objects import deployment_path, is_there
from ..cluster_access.recent_views import RecentViews
from ..cluster_access.view import look
from ..entry.source import Source, read_source
from ..models.fresh_images import recalled, remember
from ..models.registry.open import image_config
from ..plan.kubernetes.capacity import ClusterView
from ..plan.kubernetes.files import editions_after, script_problem
from ..plan.kubernetes.fitting import model_problems
from ..plan.kubernetes.manifests import manifests, routes_versions, secret_manifests
from ..plan.kubernetes.service import Certificate, ClusterService, ModelImage, Release, Strategy
from ..plan.kubernetes.strategy import choose, cluster_problems, taken_problems
from ..plan.service import Keys
from ..rules.arguments import unknown_arguments
from ..rules.certificates import certificate_problem
from ..rules.environment import variable_problems
from ..rules.kubernetes import RULES
from ..rules.kubernetes_together import change_problems, combination_problems, has_candidate
from ..rules.problems import UserError
from .changes import changed_meanwhile, differences, file_differences
from .kubernetes_plan import cluster_service, model_image, release
from .kubernetes_service_schema import SCHEMA
from .renderer import renderer
from .resource import Call, Change, Changes, Checked
from .service_names import ServiceNames
from .values import UNKNOWN, Properties, has_unknown

_SOURCES = {
    "files": ("entryScript", "sourceDirectory"),
    "candidateFiles": ("candidateEntryScript", "candidateSourceDirectory"),
}
_REPLACING = ("name", "namespace")
_CERTIFICATE = ("tlsCertificate", "tlsPrivateKey")
_OF_NO_PLAN = {"primaryKey", "secondaryKey", "kubeconfig", *_CERTIFICATE}
"""What may stay unknown while everything else is planned."""
_PLANNED = (
    "manifests", "secretManifests", "fingerprint", "routesVersions", "chosenStrategy", "strategyReason", "served",
    "progressSeconds", "editions",
)  # fmt: skip
_recent_views = RecentViews()


class KubernetesServiceProvider:
    type_name = "KubernetesService"
    schema = SCHEMA

    def __init__(self) -> None:
        self._names = ServiceNames()

    def check(self, call: Call, news: Properties) -> Checked:
        given = {key: value for key, value in news.items() if value is not None}
        problems = unknown_arguments(given, SCHEMA["inputProperties"])
        known = {key: given[key] for key in RULES if key in given and not has_unknown(given[key])}
        wrong = {key: problem for key, value in known.items() if (problem := RULES[key](value))}
        problems += [f"'{key}' {problem}" for key, problem in wrong.items()]
        taken = self._names.problem(call.urn, given)
        problems += [taken] if taken else []
        if not has_unknown(given.get("environmentVariables")):
            problems += variable_problems(given.get("environmentVariables", {}))
        if not has_unknown(given.get("mode")):
            problems += combination_problems(given, wrong)
        pair = [given[key] for key in _CERTIFICATE if key in given]
        if len(pair) == len(_CERTIFICATE) and not has_unknown(pair):
            problem = certificate_problem(*pair)
            problems += [problem] if problem else []
        for files, (entry, folder) in _SOURCES.items():
            if has_unknown(given.get(entry)) or has_unknown(given.get(folder)):
                given |= {files: UNKNOWN, f"{files}Digest": UNKNOWN}
            elif isinstance(given.get(entry), str):
                source, found = _source(given, entry, folder)
                problems += [f"'{entry}' {problem}" for problem in found]
                if source:
                    given |= {files: dict(source.files), f"{files}Digest": source.digest}
        return Checked(given | {"renderer": renderer()}, problems)

    def diff(self, call: Call, olds: Properties, news: Properties) -> Changes:
        changes = differences((*SCHEMA["inputProperties"], "renderer"), olds, news)
        changes |= {key: Change.REPLACE for key in _REPLACING if key in changes}
        for key in _SOURCES:
            if has_unknown(news.get(key)):
                changes[key] = Change.UPDATE
            else:
                changes |= file_differences(key, olds.get(key, {}), news.get(key, {}))
        return changes

    def create(self, call: Call, inputs: Properties) -> tuple[str, Properties]:
        return f"{inputs.get('namespace', inputs['name'])}/{inputs['name']}", self._plan(call, inputs, {})

    def update(self, call: Call, resource_id: str, olds: Properties, inputs: Properties) -> Properties:
        if problems := change_problems(olds, inputs):
            raise UserError("\n".join(problems))
        return self._plan(call, inputs, olds)

    def read(self, call: Call, resource_id: str, state: Properties) -> Properties | None:
        if "manifests" not in state:
            raise UserError("a service cannot be imported; declare it, and `up` makes it")
        return state

    def delete(self, call: Call, resource_id: str, state: Properties) -> None:
        return

    def _plan(self, call: Call, inputs: Properties, olds: Properties) -> Properties:
        """`olds` is empty for a service that is new."""
        known = inputs | {"serviceNamespace": inputs.get("namespace", inputs["name"])} | _digest(inputs)
        undecided = {key for key in inputs if has_unknown(inputs[key])} - _OF_NO_PLAN
        if undecided:
            return known | dict.fromkeys(_PLANNED, UNKNOWN)
        named = [key for key in ("model", "candidateModel") if key in inputs]
        found = {key: _model(call, inputs, key) for key in named}
        models: dict[str, ModelImage] = {key: model for key, model in found.items() if model is not None}
        if len(models) < len(named):  # a preview, and the model is not where it can be asked yet
            return known | dict.fromkeys(_PLANNED, UNKNOWN)
        stable, candidate = _releases(inputs, models)
        service = cluster_service(inputs, stable, candidate, Strategy.SURGE)
        problems = model_problems(service)
        view = _view(call, inputs)
        if view is not None:
            problems += cluster_problems(service, view, inputs.get("mostGpus"))
            problems += [] if olds else taken_problems(service, view, deployed=_is_deployed(service, inputs))
        if problems:
            raise UserError("\n".join(problems))
        asked = Strategy(inputs["strategy"]) if "strategy" in inputs else None
        choice = choose(service, asked, view, inputs.get("mostGpus"))
        call.engine.notice(call.urn, f"{choice.strategy}: {choice.reason}")
        service = cluster_service(inputs, stable, candidate, choice.strategy)
        service = replace(service, editions=olds.get("editions", {}))
        service = replace(service, editions=editions_after(service, olds.get("manifests", {})))
        objects = manifests(service)
        return known | {
            "manifests": objects,
            "fingerprint": hashlib.sha256(json.dumps(objects, sort_keys=True).encode()).hexdigest()[:16],
            **_secrets(service, inputs),
            "strategyReason": choice.reason,
            "chosenStrategy": str(choice.strategy),
            "served": {model.name: list(model.versions) for model in stable.plan.models},
            "progressSeconds": stable.times.progress,
            "editions": dict(service.editions),
        }


def _secrets(service: ClusterService, inputs: Properties) -> Properties:
    wanted = inputs.get("authEnabled", True)
    if wanted and (has_unknown(inputs.get("primaryKey")) or has_unknown(inputs.get("secondaryKey"))):
        return {"secretManifests": UNKNOWN, "routesVersions": UNKNOWN}
    keys = Keys(inputs["primaryKey"], inputs["secondaryKey"]) if wanted else None
    versions = routes_versions(service, keys)
    given = [inputs[key] for key in _CERTIFICATE if key in inputs]
    if has_unknown(given):
        return {"secretManifests": UNKNOWN, "routesVersions": versions}
    certificate = Certificate(*given) if given else None
    return {"secretManifests": secret_manifests(service, keys, certificate), "routesVersions": versions}


def _releases(inputs: Properties, models: Mapping[str, ModelImage]) -> tuple[Release, Release | None]:
    source = _script(inputs, "files")
    stable = release(inputs, models.get("model"), source, inputs.get("environmentImage"))
    if not has_candidate(inputs):
        return stable, None
    # What the candidate does not say is as in the stable version.
    candidate = release(
        inputs,
        models.get("candidateModel", models.get("model")),
        _script(inputs, "candidateFiles") if "candidateEntryScript" in inputs else source,
        inputs.get("candidateEnvironmentImage", inputs.get("environmentImage")),
    )
    return stable, candidate


def _script(inputs: Properties, files: str) -> Source | None:
    entry, folder = _SOURCES[files]
    if entry not in inputs:
        return None
    source, problems = _source(inputs, entry, folder)
    if source is None or problems:
        raise UserError("\n".join(problems))
    if source.digest != inputs[f"{files}Digest"]:
        raise changed_meanwhile(inputs[entry])
    return source


def _source(given: Properties, entry: str, folder: str) -> tuple[Source | None, list[str]]:
    directory = given.get(folder)
    source, problems = read_source(Path(given[entry]), Path(directory) if directory else None)
    found = [str(problem) for problem in problems]
    if source is not None:
        too_much = script_problem({path: Path(source.root, path).read_bytes() for path in source.files})
        found += [too_much] if too_much else []
    return source, found


def _model(call: Call, inputs: Properties, key: str) -> ModelImage | None:
    config = recalled(inputs[key]) if call.preview else None
    config = config or image_config(inputs[key], inputs.get("allowPlainHttp", False), call.work)
    if config is not None:
        remember(inputs[key].rpartition("@")[2], config)
        return model_image(inputs[key], config)
    if not call.preview:
        raise UserError(f"'{key}': there is no such image: {inputs[key]}; publish the model again")
    return None


def _view(call: Call, inputs: Properties) -> ClusterView | None:
    if has_unknown(inputs.get("kubeconfig")):
        return None
    try:
        if call.preview:
            return _recent_views.of(inputs.get("kubeconfig"), inputs.get("context"))
        return look(_connect(inputs))
    except UserError as unseen:
        # Who may deploy need not be allowed to see nodes; and who does not reach the cluster hears that soon enough.
        call.engine.warn(call.urn, f"whether the cluster has what this needs is not known: {unseen}")
        return None


def _is_deployed(service: ClusterService, inputs: Properties) -> bool:
    path = deployment_path(service.namespace, service.name)
    return not service.owns_namespace and is_there(_connect(inputs), path)


def _connect(properties: Properties) -> Cluster:
    return Cluster.connect(properties.get("kubeconfig"), properties.get("context"))


def _digest(inputs: Properties) -> Properties:
    model: Any = inputs.get("model", "")
    return {"modelDigest": model if has_unknown(model) else model.rpartition("@")[2]}
