"""The login of a pipeline by the variables that Pulumi's provider for Azure reads (ARM_…).

So that who makes the cluster also pushes the models. An assertion (OIDC) lives for minutes and is got anew whenever a
token is asked for: a login that `az` made with the first one would not last for a long update.
"""

import json
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

from ..rules.problems import UserError

AUDIENCE = "api://AzureADTokenExchange"
SECONDS = 20.0
SECRETS = (
    "ARM_CLIENT_SECRET", "ARM_CLIENT_CERTIFICATE_PASSWORD", "ARM_OIDC_TOKEN", "ARM_OIDC_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
)  # fmt: skip
"""Variables whose values never show."""


def pipeline_credential(environment: Mapping[str, str], authority: str) -> Any | None:
    """One of azure-identity's, or None where the variables name nobody."""
    from azure.identity import CertificateCredential, ClientAssertionCredential, ClientSecretCredential

    tenant, client = environment.get("ARM_TENANT_ID"), environment.get("ARM_CLIENT_ID")
    if not tenant or not client:
        return None
    if assertion := assertion_of(environment):
        return ClientAssertionCredential(tenant, client, assertion, authority=authority)
    if secret := environment.get("ARM_CLIENT_SECRET"):
        return ClientSecretCredential(tenant, client, secret, authority=authority)
    if file := environment.get("ARM_CLIENT_CERTIFICATE_PATH"):
        password = environment.get("ARM_CLIENT_CERTIFICATE_PASSWORD")
        return CertificateCredential(tenant, client, file, password=password, authority=authority)
    return None


def assertion_of(environment: Mapping[str, str]) -> Callable[[], str] | None:
    """What gives an assertion whenever one is needed; None without OIDC."""
    token, file = environment.get("ARM_OIDC_TOKEN"), environment.get("ARM_OIDC_TOKEN_FILE_PATH")
    if token:
        return lambda: token
    if file:
        return lambda: _read(Path(file))
    url = environment.get("ARM_OIDC_REQUEST_URL") or environment.get("ACTIONS_ID_TOKEN_REQUEST_URL")
    bearer = environment.get("ARM_OIDC_REQUEST_TOKEN") or environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    if environment.get("ARM_USE_OIDC", "").lower() not in ("1", "true") or not url or not bearer:
        return None
    return lambda: _request(url, bearer)


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"ARM_OIDC_TOKEN_FILE_PATH: {file} cannot be read ({type(error).__name__})") from None


def _request(url: str, bearer: str) -> str:
    place = urlsplit(url)
    if place.scheme != "https" and place.hostname != "127.0.0.1":
        raise UserError("the pipeline's address of OIDC tokens must begin with https://")
    joint = "&" if place.query else "?"
    asked = urllib.request.Request(  # noqa: S310 - https, or this machine
        f"{url}{joint}audience={AUDIENCE}", headers={"Authorization": f"Bearer {bearer}", "Accept": "application/json"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310
            return str(json.load(answer)["value"])
    except HTTPError as refused:
        way_out = "does the job have `permissions: id-token: write`?"
        raise UserError(f"{place.netloc} gives no OIDC token (HTTP {refused.code}); {way_out}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{place.netloc} gives no OIDC token ({type(error).__name__})") from None
