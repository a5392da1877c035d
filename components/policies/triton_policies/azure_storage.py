"""Rules for where images, models and other data lie in Azure: no public access, no passwords, TLS 1.2."""

from collections.abc import Iterator

from .kinds import BLOB_CONTAINER, REGISTRY, STORAGE_ACCOUNT
from .rule import Resource, Rule, Settings, at, is_or_will_be


def _registry(resource: Resource, _: Settings) -> Iterator[str]:
    if at(resource.inputs, "anonymousPullEnabled") is True:
        yield (
            "'anonymousPullEnabled' must be false, its default (got True): the whole internet could read your models; "
            "remove it, and give AcrPull to those who need it"
        )
    if at(resource.inputs, "adminUserEnabled") is True:
        yield (
            "'adminUserEnabled' must be false, its default (got True): it is one password for everybody; remove it, "
            "and give AcrPull or AcrPush to those who need it"
        )


def _container(resource: Resource, _: Settings) -> Iterator[str]:
    access = at(resource.inputs, "publicAccess")
    if not is_or_will_be(access, None, "None"):
        yield f"'publicAccess' must be None, its default (got {access!r}); remove it"


def _storage(resource: Resource, _: Settings) -> Iterator[str]:
    given = resource.inputs
    # Azure's defaults for these have changed over the years, so what is wanted has to be said.
    for name, wanted, instead in (
        ("allowBlobPublicAccess", (False,), "false"),
        ("allowSharedKeyAccess", (False,), "false: callers sign in by Entra ID"),
        ("minimumTlsVersion", ("TLS1_2", "TLS1_3"), "TLS1_2 or TLS1_3"),
    ):
        value = at(given, name)
        if not is_or_will_be(value, *wanted):
            yield f"'{name}' must be {instead} (got {value!r}); set it"
    if at(given, "enableHttpsTrafficOnly") is False:
        yield "'enableHttpsTrafficOnly' must be true, its default (got False); remove it"


RULES = (
    Rule(
        "registry-access",
        "A registry is read and written by those whom it knows, without passwords.",
        (REGISTRY,),
        _registry,
    ),
    Rule(
        "storage-access",
        "Stored data is reached with TLS 1.2, by those whom Azure knows, and without shared keys.",
        (STORAGE_ACCOUNT,),
        _storage,
    ),
    Rule("no-public-blobs", "Stored data is not public.", (BLOB_CONTAINER,), _container),
)
