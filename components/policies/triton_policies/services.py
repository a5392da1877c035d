"""Rules for services: who may call them, and how they are reached."""

from collections.abc import Iterator, Mapping

from .kinds import ENVIRONMENT, GPU_CLUSTER, INGRESS, LOCAL_WEBSERVICE, MODEL_REPOSITORY, WEBSERVICE
from .rule import UNKNOWN, Resource, Rule, Settings, at, entries, texts

LOOSENINGS: Mapping[str, tuple[str, ...]] = {
    WEBSERVICE: ("allowPlainHttp", "allowOldTriton", "allowUnencryptedClients", "allowEgress"),
    LOCAL_WEBSERVICE: ("allowPlainHttp",),
    GPU_CLUSTER: ("allowPublicApi", "allowOldKubernetes", "allowNoCapacityCheck"),
    MODEL_REPOSITORY: ("allowPlainHttp",),
    ENVIRONMENT: ("allowPlainHttp",),
}


def _keys(resource: Resource, _: Settings) -> Iterator[str]:
    if at(resource.inputs, "authEnabled") is False:
        yield "'authEnabled' must be true, its default (got False); remove it, and give callers one of the two keys"


def _local_keys(resource: Resource, _: Settings) -> Iterator[str]:
    enabled = at(resource.inputs, "authEnabled")
    if enabled is not True and enabled is not UNKNOWN:
        yield f"'authEnabled' must be true (got {enabled or False!r}); set it, and give callers one of the two keys"


def _tls(resource: Resource, _: Settings) -> Iterator[str]:
    given = resource.inputs
    exposure = at(given, "exposure") or "cluster"
    if at(given, "allowUnencryptedClients") is True:
        yield (
            "'allowUnencryptedClients' must be false, its default (got True): keys and data would travel in clear; "
            "remove it, and name a Secret of type kubernetes.io/tls in tlsSecret"
        )
    elif isinstance(exposure, str) and exposure.endswith("load-balancer") and at(given, "tlsSecret") is None:
        yield (
            f"'tlsSecret' is required with exposure {exposure!r}: keys and data would travel in clear; name a Secret "
            "of type kubernetes.io/tls"
        )


def _tls_of_ingress(resource: Resource, _: Settings) -> Iterator[str]:
    if at(resource.inputs, "spec.tls") is not UNKNOWN and not entries(resource.inputs, "spec.tls"):
        yield "'spec.tls' is required: keys and data would travel in clear; name the Secret with the certificate"


def _exposure(resource: Resource, settings: Settings) -> Iterator[str]:
    allowed = settings["allowed"]
    exposure = at(resource.inputs, "exposure") or "cluster"
    if exposure is not UNKNOWN and exposure not in allowed:
        yield (
            f"'exposure' must be {' or '.join(allowed)} (got {exposure!r}); choose one of them, or ask your platform "
            "team to allow it for this stack"
        )


def _loosenings(resource: Resource, _: Settings) -> Iterator[str]:
    for name in LOOSENINGS[resource.type]:
        if at(resource.inputs, name) is True:
            yield f"'{name}' is true: a default that protects is off; remove it if nothing needs it any more"


RULES = (
    Rule("auth", "Callers of a service on Kubernetes must show a key.", (WEBSERVICE,), _keys),
    Rule(
        "local-auth",
        "Callers of a service on this machine must show a key too.",
        (LOCAL_WEBSERVICE,),
        _local_keys,
        level="disabled",  # only the machine itself can call it, as in Azure ML
    ),
    Rule("tls", "A service that is reached from outside of the cluster speaks TLS.", (WEBSERVICE,), _tls),
    Rule("ingress-tls", "An Ingress speaks TLS.", (INGRESS,), _tls_of_ingress),
    Rule(
        "exposure",
        "Services are reached in ways that the platform team has chosen.",
        (WEBSERVICE,),
        _exposure,
        settings={
            "allowed": texts(
                ["cluster", "internal-load-balancer", "gateway", "load-balancer"],
                "Of cluster, internal-load-balancer, gateway and load-balancer (public).",
            )
        },
    ),
    Rule(
        "loosened-defaults", "Switches that take protection away are seen.", LOOSENINGS, _loosenings, level="advisory"
    ),
)
