"""KubernetesService and ServiceRollout as TritonWebservice declares them: what a service on a cluster comes to, and the
wait for it."""

from .addresses import ADDRESSES
from .declared import Declared


class KubernetesService(Declared):
    """What a service consists of on a cluster. Used through TritonWebservice."""

    type_name = "KubernetesService"
    _computed = (
        "manifests", "secretManifests", "fingerprint", "routesVersions", "chosenStrategy", "strategyReason", "served",
        "modelDigest", "progressSeconds", "serviceNamespace",
    )  # fmt: skip


class ServiceRollout(Declared):
    """The wait for every pod of a service to be what it should be. Used through TritonWebservice."""

    type_name = "ServiceRollout"
    _computed = (*ADDRESSES, "state")
