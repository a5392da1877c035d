"""The stack: settings into components, components into outputs."""

import pulumi
from settings import Settings
from triton_serving import LocalWebservice, LocalWebserviceArgs, ScoringEnvironment, TritonModelRepository

settings = Settings.load()

models = TritonModelRepository("models", settings.model_repository)

wanted: LocalWebserviceArgs = {**settings.local_webservice, "model": models.image_ref}
if settings.scoring_environment is not None:
    environment = ScoringEnvironment("environment", settings.scoring_environment)
    wanted["environment"] = environment.environment_ref
    wanted["environment_variables"] = environment.environment_variables
service = LocalWebservice("service", wanted)

pulumi.export("mode", settings.local_webservice["mode"])
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
pulumi.export("logs", service.logs)
pulumi.export("request", settings.request)
