"""Resources of pulumi-azure-native, and questions to it, by their names there.

Its classes are not imported: with those of a cluster that takes 0.4 s, in every preview, and the plan already spells
inputs as the provider does. Only the version is read from the installed package.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pulumi

from ..rules.azure_errors import advice

Answer = dict[str, Any]

REMOVED = "if somebody removed it, run 'pulumi refresh' first"
"""The way out where something is asked about that was made here."""
_GIVEN_UP = "grpc: the client connection is closing"
"""The engine's words to whoever still asks when it ends an update because of something else, which it tells itself."""
_OF_THE_WIRE = re.compile(r"^invoke of \S+ failed: (invocation of \S+ returned an error: )?(request failed )?")


class AzureObject(pulumi.CustomResource):
    """Of the type `kind`, such as containerservice:ManagedCluster. All of them have names that are given, so that an
    old one has to go before a new one comes."""

    def __init__(
        self,
        kind: str,
        name: str,
        inputs: dict[str, Any],
        options: pulumi.ResourceOptions,
        computed: Sequence[str] = (),
    ) -> None:
        ours = pulumi.ResourceOptions(version=_version(), delete_before_replace=True)
        properties = {**inputs, **dict.fromkeys(computed)}
        super().__init__(f"azure-native:{kind}", name, properties, pulumi.ResourceOptions.merge(options, ours))

    def output(self, key: str) -> pulumi.Output[Any]:
        """One of `computed`, or of the inputs."""
        known: pulumi.Output[Any] = pulumi.get(self, key)
        return known


def ask(function: str, arguments: dict[str, Any], component: pulumi.Resource, way_out: str) -> pulumi.Output[Answer]:
    """Unknown while an argument is: what is not there yet cannot be asked about. `way_out` is for whom Azure refuses
    to answer."""

    def told(error: Exception) -> Answer:
        if isinstance(error, pulumi.RunError):  # an argument was refused already
            raise error
        reason = _OF_THE_WIRE.sub("", str(error)).rstrip()
        if _GIVEN_UP in reason:
            raise pulumi.RunError(f"{function.partition(':')[2]} was not asked any more: the update ended before")
        said = f"; {more}" if (more := advice(reason)) else ""
        raise pulumi.RunError(
            f"Azure does not answer {function.partition(':')[2]}: {reason}; {way_out}{said}"
        ) from None

    options = pulumi.InvokeOptions(parent=component, version=_version())
    answer: pulumi.Output[Answer] = pulumi.runtime.invoke_output(f"azure-native:{function}", arguments, options)
    return answer.recover(told)


def fields(planned: pulumi.Output[dict[str, Any]], keys: Sequence[str]) -> dict[str, Any]:
    """Inputs that follow together from values that are not known yet."""
    return {key: planned.apply(_field(key)) for key in keys}


def _field(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda values: values[key]


@cache
def _version() -> str:
    """Only where something goes to Azure: everybody else need not have it installed."""
    try:
        return version("pulumi-azure-native")
    except PackageNotFoundError as missing:
        raise pulumi.RunError(
            "GpuCluster needs Pulumi's Azure provider; install it: pip install 'triton-serving[azure]'"
        ) from missing
