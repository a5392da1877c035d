"""TritonModelRepository: a model directory becomes a checked, pushed, immutable version.

    <name>                    TritonModelRepository
    └── <name>-version        ModelVersion: the image in the registry and its kept history

Changing a file, `keep_versions` or `pinned_version` updates in place; changing `name` or `registry` replaces.
"""

from typing import NotRequired, TypedDict

import pulumi

from .resources.component_inputs import in_the_engines_words
from .resources.model_version import ModelVersion
from .rules.arguments import unknown_arguments


class TritonModelRepositoryArgs(TypedDict):
    directory: pulumi.Input[str]
    """The model directory: a Triton model repository, or the folder that contains one called `triton`.

    Relative paths start at the folder of the program. The folder keeps its name inside the image, because entry scripts
    read `$AZUREML_MODEL_DIR/<folder>/...`."""
    name: pulumi.Input[str]
    """The registered name. Versions count up per name. Changing it replaces the repository."""
    description: NotRequired[pulumi.Input[str]]
    """What the model is for. Changing it makes no new version."""
    tags: NotRequired[pulumi.Input[dict[str, str]]]
    """Labels for people and searches. Changing them makes no new version."""
    registry: NotRequired[pulumi.Input[str]]
    """Where versions are kept: `registry.example.com/team`, or `oci-layout:///folder` on disk.

    Defaults to an OCI layout in your data folder, shared by the stacks of this machine. Changing it replaces the
    repository."""
    keep_versions: NotRequired[int]
    """How many old versions stay for roll-back besides the current one, 0 to 100. Defaults to 5."""
    pinned_version: NotRequired[int]
    """Serve this version of the registry instead of the directory's content: roll-back by one setting."""
    allow_plain_http: NotRequired[bool]
    """Talk to a registry that is not on this machine without encryption. Defaults to false."""


class TritonModelRepository(pulumi.ComponentResource):
    """A Triton model directory as an immutable version: checked at preview, pushed as an image, kept for roll-back."""

    image_ref: pulumi.Output[str]
    """The version as an image by digest; what serves the model refers to it by this."""
    digest: pulumi.Output[str]
    """Digest of the image: same bytes, same digest, on every machine."""
    version: pulumi.Output[int]
    """The version's number, counted per name."""
    models: pulumi.Output[dict[str, list[int]]]
    """Each model's name and the version numbers that Triton serves of it."""

    def __init__(self, name: str, args: TritonModelRepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        mistakes = unknown_arguments(args, TritonModelRepositoryArgs.__annotations__)
        if mistakes:
            raise pulumi.RunError("; ".join(mistakes))
        # The rules for the values are ModelVersion's: its check tells all problems at once, in both ways of use.
        props = in_the_engines_words(args)
        super().__init__("triton-serving:index:TritonModelRepository", name, props, opts)
        version = ModelVersion(f"{name}-version", props, pulumi.ResourceOptions(parent=self))
        self.image_ref = version.output("imageRef")
        self.digest = version.output("digest")
        self.version = version.output("version")
        self.models = version.output("models")
        self.register_outputs(
            {"imageRef": self.image_ref, "digest": self.digest, "version": self.version, "models": self.models}
        )
