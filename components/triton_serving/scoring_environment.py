"""ScoringEnvironment: the packages and variables that an entry script runs with.

    <name>                    ScoringEnvironment
    └── <name>-python         PythonEnvironment: a virtual environment on this machine, with the scoring server in it

Every change updates in place: the service moves over to the new environment, then the old one is removed.
"""

from typing import NotRequired, TypedDict

import pulumi

from .resources.python_environment import PythonEnvironment
from .rules.arguments import unknown_arguments


class ScoringEnvironmentArgs(TypedDict):
    pip_packages: NotRequired[pulumi.Input[list[str]]]
    """Packages as pip takes them, such as `nltk==3.9.2`. NumPy and Triton's HTTP client are there anyway.

    Pin them: without a version, the newest is taken once, when the environment is made."""
    requirements_file: NotRequired[pulumi.Input[str]]
    """A requirements file with more packages, with or without hashes. Its path starts at the folder of the program."""
    python_version: NotRequired[pulumi.Input[str]]
    """Which Python, such as `3.11`; it must be on this machine. Defaults to the one that runs the components."""
    environment_variables: NotRequired[pulumi.Input[dict[str, str]]]
    """Variables of the entry script's processes; `WORKER_COUNT` is how many there are, 1 by default."""
    description: NotRequired[pulumi.Input[str]]
    """What the environment is for. Changing it changes nothing else."""


class ScoringEnvironment(pulumi.ComponentResource):
    """The packages and variables that an entry script runs with."""

    environment_ref: pulumi.Output[str]
    """What services name the environment by; the same for the same packages, Python and scoring server."""
    packages: pulumi.Output[list[str]]
    """What is installed, name==version each: an update shows what it changed."""
    environment_variables: pulumi.Output[dict[str, str]]
    """The variables, as they were given; none by default."""

    def __init__(self, name: str, args: ScoringEnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        mistakes = unknown_arguments(args, ScoringEnvironmentArgs.__annotations__)
        if mistakes:
            raise pulumi.RunError("; ".join(mistakes))
        # The rules for the values are PythonEnvironment's: its check tells all problems at once, in both ways of use.
        props = {
            "pipPackages": args.get("pip_packages"),
            "requirementsFile": args.get("requirements_file"),
            "pythonVersion": args.get("python_version"),
            "environmentVariables": args.get("environment_variables"),
            "description": args.get("description"),
        }
        super().__init__("triton-serving:index:ScoringEnvironment", name, props, opts)
        python = PythonEnvironment(f"{name}-python", props, pulumi.ResourceOptions(parent=self))
        self.environment_ref = python.environment_ref
        self.packages = python.packages
        self.environment_variables = pulumi.Output.from_input(args.get("environment_variables")).apply(
            lambda variables: variables or {}
        )
        self.register_outputs(
            {
                "environmentRef": self.environment_ref,
                "packages": self.packages,
                "environmentVariables": self.environment_variables,
            }
        )
