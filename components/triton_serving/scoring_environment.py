"""ScoringEnvironment: the packages and variables that an entry script runs with, on this machine or as an image.

    <name>                    ScoringEnvironment
    ├── <name>-python         PythonEnvironment: a virtual environment on this machine, with the scoring server in it
    └── <name>-image          EnvironmentImage: the same as an image, when a registry is given

It is one or the other. Every change updates in place, but for those of `registry` and `image_name`: the service moves
over to the new environment, then the old one is removed.
"""

from typing import NotRequired, TypedDict

import pulumi

from .resources.component_inputs import in_the_engines_words
from .resources.environment_image import EnvironmentImage
from .resources.python_environment import PythonEnvironment
from .rules.arguments import engine_name, unknown_arguments


class ScoringEnvironmentArgs(TypedDict):
    pip_packages: NotRequired[pulumi.Input[list[str]]]
    """Packages as pip takes them, such as `nltk==3.9.2`. NumPy and Triton's HTTP client are there anyway.

    Pin them: without a version, the newest is taken once, when the environment is made."""
    requirements_file: NotRequired[pulumi.Input[str]]
    """A requirements file with more packages, with or without hashes. Its path starts at the folder of the program."""
    python_version: NotRequired[pulumi.Input[str]]
    """Which Python, such as `3.11`; it must be on this machine, or in the base image. Defaults to the one that runs the
    components."""
    environment_variables: NotRequired[pulumi.Input[dict[str, str]]]
    """Variables of the entry script's processes; `WORKER_COUNT` is how many there are, 1 by default.

    They are handed to services and are in no image."""
    description: NotRequired[pulumi.Input[str]]
    """What the environment is for. Changing it changes nothing else."""
    registry: NotRequired[pulumi.Input[str]]
    """Make an image and push it here: `registry.example.com/team`. Changing it replaces the image.

    Logins are Docker's own, or Azure's for its registries; none is in the state."""
    image_name: NotRequired[pulumi.Input[str]]
    """The image's name below the registry. Defaults to the name of the environment. Changing it replaces the image."""
    base_image: NotRequired[pulumi.Input[str]]
    """The image below, with a Python and glibc: `docker.io/library/python:3.11-slim@sha256:…`.

    By digest, every machine builds on the same. A tag is looked up once and kept until this text changes. Defaults to
    the tag `docker.io/library/python:<python_version>-slim`."""
    conda_file: NotRequired[pulumi.Input[str]]
    """Azure ML's conda_dependencies.yml: its Python, its packages and its pip section, all from the Python index."""
    curated: NotRequired[pulumi.Input[str]]
    """Which packages are there anyway: `AzureML-Triton` (NumPy and tritonclient[http]) or `none`. The scoring server is
    there with either. Defaults to `AzureML-Triton`; a version that you ask for stands instead of its own."""
    allow_plain_http: NotRequired[bool]
    """Talk to registries that are not on this machine without encryption. Defaults to false."""


class ScoringEnvironment(pulumi.ComponentResource):
    """The packages and variables that an entry script runs with."""

    environment_ref: pulumi.Output[str]
    """What services name the environment by; the same for the same packages, Python and scoring server."""
    image_ref: pulumi.Output[str | None]
    """The image by digest, which TritonWebservice takes; none without a registry."""
    packages: pulumi.Output[list[str]]
    """What is installed, name==version each: an update shows what it changed."""
    environment_variables: pulumi.Output[dict[str, str]]
    """The variables, as they were given; none by default."""

    def __init__(self, name: str, args: ScoringEnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        in_registry = args.get("registry") is not None
        mistakes = unknown_arguments(args, ScoringEnvironmentArgs.__annotations__)
        if not in_registry:
            mistakes += [
                f"'{engine_name(key)}' is of an image; set 'registry', where it shall go, or leave it out"
                for key in ("image_name", "base_image", "conda_file", "curated", "allow_plain_http")
                if args.get(key) is not None
            ]
        if mistakes:
            raise pulumi.RunError("; ".join(mistakes))
        # The rules for the values are the resources': their check tells all problems at once, in both ways of use.
        given = in_the_engines_words(args)
        super().__init__("triton-serving:index:ScoringEnvironment", name, given, opts)
        child = pulumi.ResourceOptions(parent=self)
        if in_registry:
            of_image = {key: value for key, value in given.items() if key != "imageName"}
            of_image["name"] = given.get("imageName", name)
            image = EnvironmentImage(f"{name}-image", of_image, child)
            self.environment_ref = image.output("imageRef")
            self.image_ref = image.output("imageRef")
            self.packages = image.output("packages")
        else:
            python = PythonEnvironment(f"{name}-python", given, child)
            self.environment_ref = python.output("environmentRef")
            self.image_ref = pulumi.Output.from_input(None)
            self.packages = python.output("packages")
        self.environment_variables = pulumi.Output.from_input(args.get("environment_variables")).apply(
            lambda variables: variables or {}
        )
        self.register_outputs(
            {
                "environmentRef": self.environment_ref,
                "imageRef": self.image_ref,
                "packages": self.packages,
                "environmentVariables": self.environment_variables,
            }
        )
