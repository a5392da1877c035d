"""Which versions of Kubernetes there are on AKS, as of 21 November 2026, and what may be said about one.

Sources: MicrosoftDocs/azure-aks-docs (supported-kubernetes-versions.md: three minor versions at a time, twelve months
each), Azure/AKS's change log, and kubernetes.io's pages of 1.36 and 1.37.
"""

import re

from .wording import dotted

Version = tuple[int, int]

OLDEST_SUPPORTED: Version = (1, 34)
NEWEST_KNOWN: Version = (1, 36)
"""1.37 is out since August 2026 and expected on AKS; nothing here has been tried with it."""
DEFAULT: Version = (1, 36)

_MINOR = re.compile(r"(\d{1,2})\.(\d{1,3})")
_LONGER = re.compile(r"v?(\d{1,2}\.\d{1,3})(\.\d+)?([-+].*)?")


def minor_of(text: object) -> Version | None:
    """Of 1.36, and of the 1.36.2 that a running cluster says."""
    found = _LONGER.fullmatch(text) if isinstance(text, str) else None
    return _parsed(found[1]) if found else None


def version_problem(value: object) -> str | None:
    """Of a cluster to make."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"must be text, since 1.40 as a number is 1.4 (got {value!r}); write it in quotes: '{dotted(DEFAULT)}'"
    if not isinstance(value, str) or not _MINOR.fullmatch(value):
        longer = _LONGER.fullmatch(value) if isinstance(value, str) else None
        way_out = f"write {longer[1]}, and AKS keeps the patch current" if longer else f"write {dotted(DEFAULT)}"
        return f"must be major and minor version (got {value!r}); {way_out}"
    version = _parsed(value)
    if version < OLDEST_SUPPORTED:
        oldest = dotted(OLDEST_SUPPORTED)
        return f"must be {oldest} or later, as AKS supports no older one (got {value}); take {dotted(DEFAULT)}"
    if version > NEWEST_KNOWN:
        return (
            f"must be at most {dotted(NEWEST_KNOWN)}, the newest that this package knows (got {value}); "
            f"take {dotted(NEWEST_KNOWN)}, or a newer release of this package"
        )
    return None


def adopted_version_problem(running: object, allow_old: bool) -> str | None:
    """Of a cluster that is there already, as Azure tells its version; a newer one than is known may serve."""
    version = minor_of(running)
    if version is None or version >= OLDEST_SUPPORTED or allow_old:
        return None
    return (
        f"the cluster runs Kubernetes {running}, and AKS supports none before {dotted(OLDEST_SUPPORTED)}; "
        "upgrade it, or set allowOldKubernetes"
    )


def _parsed(text: str) -> Version:
    major, minor = text.split(".")
    return int(major), int(minor)
