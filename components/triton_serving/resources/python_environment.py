"""PythonEnvironment as programs declare it: the packages of an entry script, installed on this machine.

Property names are the engine's own throughout, as in model_version.py.
"""

from typing import Any

import pulumi


class PythonEnvironment(pulumi.CustomResource):
    """A virtual environment on this machine. Used through ScoringEnvironment."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        computed = dict.fromkeys(("environmentRef", "packages"))
        super().__init__("triton-serving:index:PythonEnvironment", name, {**props, **computed}, opts)

    @property
    def environment_ref(self) -> pulumi.Output[str]:
        """What services name the environment by."""
        return pulumi.get(self, "environmentRef")

    @property
    def packages(self) -> pulumi.Output[list[str]]:
        """What is installed, name==version each."""
        return pulumi.get(self, "packages")
