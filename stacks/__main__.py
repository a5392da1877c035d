"""The stack: settings into components, components into outputs."""

import pulumi
from settings import Settings
from triton_serving import TritonModelRepository

settings = Settings.load()

models = TritonModelRepository("models", settings.model_repository)

pulumi.export("imageRef", models.image_ref)
pulumi.export("digest", models.digest)
pulumi.export("version", models.version)
pulumi.export("models", models.models)
