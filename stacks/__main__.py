"""The stack: settings into components, components into outputs."""

import signal
from typing import TYPE_CHECKING

import pulumi
from settings import Settings
from triton_serving import (
    LocalWebservice,
    LocalWebserviceArgs,
    ScoringEnvironment,
    TritonModelRepository,
    TritonWebserviceArgs,
)

if TYPE_CHECKING:
    from place import Place
    from triton_serving import TritonWebservice


def serve_here(settings: Settings, arguments: LocalWebserviceArgs) -> None:
    models = TritonModelRepository("models", settings.model_repository)
    here: LocalWebserviceArgs = {**arguments, "model": models.image_ref}
    if settings.scoring_environment is not None:
        environment = ScoringEnvironment("environment", settings.scoring_environment)
        if arguments.get("runs_in") == "containers":
            here["environment_image"] = environment.image_ref
        else:
            here["environment"] = environment.environment_ref
        here["environment_variables"] = environment.environment_variables
    service = LocalWebservice("service", here)
    pulumi.export("logs", service.logs)
    export(settings, models, service)


def serve_there(settings: Settings, arguments: TritonWebserviceArgs, place: "Place") -> None:
    from triton_serving import TritonWebservice

    options = pulumi.ResourceOptions(deleted_with=place.gone_with)
    registry = folder_of(place, settings, "models")
    models = TritonModelRepository("models", {**settings.model_repository, **registry}, options)
    there: TritonWebserviceArgs = {**arguments, "model": models.image_ref}
    if place.kubeconfig is not None:
        there["kubeconfig"] = place.kubeconfig
    if place.most_gpus is not None and "gpu_cores" in arguments:
        there["most_gpus"] = place.most_gpus
    if settings.scoring_environment is not None:
        image = {**settings.scoring_environment, **folder_of(place, settings, "environments")}
        there["environment_image"] = ScoringEnvironment("environment", image, options).image_ref
    if settings.candidate is not None:
        candidate = TritonModelRepository("candidate", {**settings.candidate, **registry}, options)
        there["candidate_model"] = candidate.image_ref
    on_cluster = pulumi.ResourceOptions(providers=[place.provider], deleted_with=place.gone_with)
    service = TritonWebservice("service", there, on_cluster)
    pulumi.export("strategy", service.strategy)
    pulumi.export("namespace", service.namespace)
    export(settings, models, service)


def folder_of(place: "Place", settings: Settings, folder: str) -> dict[str, pulumi.Input[str]]:
    """Where in the place's registry images go, unless the settings name another."""
    if place.registry is None or "registry" in settings.model_repository:
        return {"registry": settings.model_repository["registry"]} if "registry" in settings.model_repository else {}
    scheme = "http://" if settings.model_repository.get("allow_plain_http") else ""
    return {"registry": pulumi.Output.concat(scheme, place.registry, "/", folder)}


def export(settings: Settings, models: TritonModelRepository, service: "LocalWebservice | TritonWebservice") -> None:
    pulumi.export("mode", settings.mode)
    pulumi.export("imageRef", models.image_ref)
    pulumi.export("digest", models.digest)
    pulumi.export("version", models.version)
    pulumi.export("models", models.models)
    pulumi.export("scoringUri", service.scoring_uri)
    pulumi.export("inferUris", service.infer_uris)
    pulumi.export("healthUri", service.health_uri)
    pulumi.export("swaggerUri", service.swagger_uri)
    pulumi.export("grpcTarget", service.grpc_target)
    pulumi.export("primaryKey", service.primary_key)
    pulumi.export("secondaryKey", service.secondary_key)
    pulumi.export("state", service.state)
    pulumi.export("modelDigest", service.model_digest)
    pulumi.export("request", settings.request)


# An engine that gives up interrupts the program; Python would tell it in a traceback, below what really went wrong.
signal.signal(signal.SIGINT, signal.SIG_DFL)
settings = Settings.load()
if settings.local_webservice is not None:
    serve_here(settings, settings.local_webservice)
else:
    from place import place_of  # here, as TritonWebservice above: a stack on this machine need not wait for it

    place = place_of(settings)
    if settings.triton_webservice is not None:
        serve_there(settings, settings.triton_webservice, place)
