"""The stack: settings into components, components into outputs."""

import pulumi
from settings import Settings
from triton_serving import (
    LocalWebservice,
    LocalWebserviceArgs,
    ScoringEnvironment,
    TritonModelRepository,
    TritonWebservice,
    TritonWebserviceArgs,
)

settings = Settings.load()

models = TritonModelRepository("models", settings.model_repository)

service: LocalWebservice | TritonWebservice
if settings.local_webservice is not None:
    here: LocalWebserviceArgs = {**settings.local_webservice, "model": models.image_ref}
    if settings.scoring_environment is not None:
        environment = ScoringEnvironment("environment", settings.scoring_environment)
        here["environment"] = environment.environment_ref
        here["environment_variables"] = environment.environment_variables
    service = LocalWebservice("service", here)
    pulumi.export("logs", service.logs)
elif settings.triton_webservice is not None:
    from pulumi_kubernetes import Provider

    there: TritonWebserviceArgs = {**settings.triton_webservice, "model": models.image_ref}
    if settings.candidate is not None:
        there["candidate_model"] = TritonModelRepository("candidate", settings.candidate).image_ref
    cluster = Provider("cluster", kubeconfig=there.get("kubeconfig"))
    service = TritonWebservice("service", there, pulumi.ResourceOptions(providers=[cluster]))
    pulumi.export("strategy", service.strategy)
    pulumi.export("namespace", service.namespace)

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
