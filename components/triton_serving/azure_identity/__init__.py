"""Tokens of whoever is signed in to Azure: by the environment, a pipeline, a managed identity or `az login`.

The one place that knows azure-identity. Nobody is ever asked for a password, and no window opens.
"""

import logging
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..rules.azure_clouds import cloud_in
from ..rules.problems import UserError
from ..rules.wording import shown
from .pipeline import SECRETS, pipeline_credential

MARGIN = 300.0
"""Seconds before its end when a token is no longer used: what it is for may take a while."""
SILENCE = 10.0
"""Seconds for which nobody is asked again after nobody was signed in: asking takes seconds, and many ask."""
PROGRAM_SECONDS = 30
"""`az` is slow to start on busy machines of pipelines; azure-identity's own ten seconds end too soon there."""
WAY_IN = (
    "sign in with `az login`, or give a pipeline ARM_TENANT_ID, ARM_CLIENT_ID and ARM_USE_OIDC=true or "
    "ARM_CLIENT_SECRET"
)
_OF_TENANTS = ("AADSTS50020", "AADSTS90002", "AADSTS90072", "AADSTS700016", "AADSTS900023")
"""With which Entra says that a tenant is none, or knows neither this user nor this application."""
_OTHER_TENANT = (
    "Sign in to the tenant of the subscription, by `az login --tenant …` or with ARM_TENANT_ID and an ARM_CLIENT_ID of "
    "that tenant; `az account list --all` shows each subscription's"
)
_SECRETS = (*SECRETS, "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD", "IDENTITY_HEADER")
_OF_PIPELINES = {
    "ClientAssertionCredential": "the pipeline's OIDC token",
    "ClientSecretCredential": "ARM_CLIENT_SECRET",
    "CertificateCredential": "ARM_CLIENT_CERTIFICATE_PATH",
}
"""Tried only where they are set up, so that each failure is one of theirs."""
_TRIED = {
    "EnvironmentCredential": "the environment's variables",
    "WorkloadIdentityCredential": "a workload identity",
    "ManagedIdentityCredential": "a managed identity",
    "AzureCliCredential": "az",
    "AzurePowerShellCredential": "Azure PowerShell",
    "AzureDeveloperCliCredential": "azd",
    **_OF_PIPELINES,
}
_ATTEMPT = re.compile(r"^\t?(\w+Credential): (.*)$", re.MULTILINE)
_REFUSED = re.compile(r"AADSTS\d+: [^\n]*?[.](?= |$)", re.MULTILINE)


class NotSignedIn(UserError):
    """There is no token to be had, and why."""


@dataclass(frozen=True)
class _Answer:
    token: str | None
    problem: str
    until: float
    """By the wall clock, as tokens say it."""


class Identity:
    """Asks for one token at a time, and remembers it for every thread that needs it."""

    def __init__(self, credential: Callable[[], Any]) -> None:
        self._credential = credential
        self._lock = threading.Lock()
        self._answers: dict[str, _Answer] = {}

    def token(self, scope: str) -> str:
        """A token for a scope that is good for some minutes yet; raises NotSignedIn."""
        with self._lock:
            answer = self._answers.get(scope)
            if answer is None or time.time() >= answer.until:
                answer = self._answers[scope] = self._ask(scope)
        if answer.token is None:
            raise NotSignedIn(answer.problem)
        return answer.token

    def _ask(self, scope: str) -> _Answer:
        try:
            credential = self._credential()
        except (UserError, ValueError) as unfit:  # ValueError: a tenant id or a certificate that cannot be one
            return _Answer(None, str(unfit), time.time() + SILENCE)
        try:
            given = credential.get_token(scope)
        except Exception as error:  # what each kind of login raises has no common class
            said = str(getattr(error, "message", error))
            return _Answer(None, _told(said, len(credential.credentials)), time.time() + SILENCE)
        return _Answer(given.token, "", given.expires_on - MARGIN)


@cache
def identity() -> Identity:
    """Of this process."""
    return Identity(cache(_credential))


def _credential() -> Any:
    try:
        # Half a second of imports, for those who sign in to Azure only.
        from azure.identity import ChainedTokenCredential, DefaultAzureCredential
    except ModuleNotFoundError:
        raise UserError(
            "signing in to Azure needs the package azure-identity; install it: pip install 'triton-serving[azure]'"
        ) from None
    # It warns of what is raised anyway, on standard error where nobody has set up logging.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    authority = os.environ.get("AZURE_AUTHORITY_HOST") or cloud_in(os.environ).authority
    if of_pipeline := pipeline_credential(os.environ, authority):
        return ChainedTokenCredential(of_pipeline)
    return DefaultAzureCredential(
        authority=authority,
        process_timeout=PROGRAM_SECONDS,
        # What opens windows, and what only knows the logins of editors.
        exclude_interactive_browser_credential=True,
        exclude_broker_credential=True,
        exclude_visual_studio_code_credential=True,
        exclude_shared_token_cache_credential=True,
    )


def _told(said: str, ways: int) -> str:
    """Azure's own words where a login was refused; otherwise where one was looked for. There are so many ways in."""
    for variable in _SECRETS:
        said = said.replace(os.environ.get(variable) or "\0", "***")
    attempts = _ATTEMPT.findall(said)
    if not attempts:
        return f"no login to Azure: {shown(said.strip())}; {WAY_IN}"
    last, why = attempts[-1]
    refused = _REFUSED.search(said)
    if refused:
        last = next((name for name, text in attempts if "AADSTS" in text), last)
        mend = _OTHER_TENANT if refused[0].partition(":")[0] in _OF_TENANTS else f"Mend it, or {WAY_IN}"
        return f"Azure refuses the login by {_TRIED.get(last, last)}: {shown(refused[0])} {mend}"
    if (
        len(attempts) < ways or last in _OF_PIPELINES
    ):  # a way that is not set up is passed by; one that fails ends the search
        return f"the login to Azure by {_TRIED.get(last, last)} fails: {shown(why)}; mend it, or {WAY_IN}"
    tried = [_TRIED[name] for name, _ in attempts if name in _TRIED]
    return f"no login to Azure was found (looked for {', '.join(tried)}); {WAY_IN}"
