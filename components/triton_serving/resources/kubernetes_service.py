"""KubernetesService and ServiceRollout as components declare them: what a service on a cluster comes to, and the wait
for it. Property names are the engine's own throughout, as in model_version.py."""

from typing import Any

import pulumi

_PLANNED = (
    "manifests", "secretManifests", "fingerprint", "routesVersion", "chosenStrategy", "strategyReason", "served",
    "modelDigest", "progressSeconds", "serviceNamespace",
)  # fmt: skip
_REACHED = ("scoringUri", "inferUris", "healthUri", "swaggerUri", "grpcTarget", "state")


class KubernetesService(pulumi.CustomResource):
    """What a service consists of on a cluster. Used through TritonWebservice."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("triton-serving:index:KubernetesService", name, {**props, **dict.fromkeys(_PLANNED)}, opts)

    def output(self, name: str) -> pulumi.Output[Any]:
        """An output by the engine's name."""
        return pulumi.get(self, name)


class ServiceRollout(pulumi.CustomResource):
    """The wait for every pod of a service to be what it should be. Used through TritonWebservice."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("triton-serving:index:ServiceRollout", name, {**props, **dict.fromkeys(_REACHED)}, opts)

    def output(self, name: str) -> pulumi.Output[Any]:
        """An output by the engine's name."""
        return pulumi.get(self, name)
