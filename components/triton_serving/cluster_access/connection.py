"""A kubeconfig as a connection to the API server.

Answers stay plain JSON: making the official client's classes out of 10,000 pods takes many times as long as reading
them.
"""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Self

from ..rules.problems import UserError
from .kubeconfig import TRY_IT, configuration_of

PAGE = 500
"""Objects in one answer: what kubectl asks for."""
REQUEST_SECONDS = 10.0
_JSON = "application/json"
_MERGE_PATCH = "application/merge-patch+json"


class Away(UserError):
    """The API server does not answer now; it may do so in a moment."""


class Refused(UserError):
    """The API server answered, and says no."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Cluster:
    """One cluster, by the words of the official client. Lets nothing of a kubeconfig into messages."""

    def __init__(self, configuration: Any) -> None:
        from kubernetes.client import ApiClient

        configuration.retries = False  # whoever asks knows for how long it makes sense to ask again
        self.configuration = configuration
        self._client = ApiClient(configuration)

    @classmethod
    def connect(cls, kubeconfig: str | None, context: str | None) -> Self:
        """`kubeconfig` is its text or its path; None is the one that kubectl would take (KUBECONFIG, ~/.kube/config).
        Raises UserError with the way out when there is none, it cannot be read, or has no such context."""
        return cls(configuration_of(kubeconfig, context))

    def get(self, path: str, seconds: float = REQUEST_SECONDS, accept: str = _JSON, **query: str | int) -> Any:
        return json.loads(self._request("GET", path, seconds, {"Accept": accept}, query))

    def text(self, path: str, seconds: float = REQUEST_SECONDS, **query: str | int) -> str:
        return self._request("GET", path, seconds, {"Accept": "*/*"}, query).decode(errors="replace")

    def items(self, path: str, deadline: float, accept: str = _JSON, **query: str) -> Iterator[dict[str, Any]]:
        """All objects of a list, page by page, before `deadline` by `time.monotonic`."""
        page: dict[str, str | int] = {**query, "limit": PAGE}
        while True:
            answer = self.get(path, max(deadline - time.monotonic(), 0.1), accept, **page)
            yield from answer["items"]
            if not (following := answer["metadata"].get("continue")):
                return
            page["continue"] = following

    def post(self, path: str, content: Mapping[str, Any], seconds: float = REQUEST_SECONDS) -> Any:
        headers = {"Accept": _JSON, "Content-Type": _JSON}
        return json.loads(self._request("POST", path, seconds, headers, {}, content))

    def patch(self, path: str, change: Mapping[str, Any], seconds: float = REQUEST_SECONDS) -> None:
        """A merge patch."""
        self._request("PATCH", path, seconds, {"Accept": _JSON, "Content-Type": _MERGE_PATCH}, {}, change)

    def authorization(self) -> dict[str, str]:
        """Headers of a request that does not go through here."""
        headers: dict[str, str] = {}
        self._client.update_params_for_auth(headers, [], ["BearerToken"])  # renews a token that ends soon
        return headers

    def _request(
        self,
        method: str,
        path: str,
        seconds: float,
        headers: dict[str, str],
        query: Mapping[str, str | int],
        body: Mapping[str, Any] | None = None,
    ) -> bytes:
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        headers |= self.authorization() | {"Accept-Encoding": "gzip"}  # lists of pods become ten times smaller
        try:
            answer = self._client.request(
                method,
                self.configuration.host + path,
                query_params=list(query.items()),
                headers=headers,
                body=body,
                _preload_content=False,
                _request_timeout=seconds,
            )
            return bytes(answer.data)
        except ApiException as error:
            raise _told(error) from None
        except (HTTPError, OSError) as error:
            raise Away(f"the cluster does not answer ({type(error).__name__}); {TRY_IT}") from None


def _told(error: Any) -> UserError:
    """What an answer means, in words."""
    if error.status == 0:  # TLS, by this client's custom
        if "CERTIFICATE_VERIFY_FAILED" in str(error.reason):
            return UserError(
                "the cluster's certificate is not one that the kubeconfig trusts; get the kubeconfig anew, or look "
                "for a proxy in between"
            )
        return Away(f"the cluster does not answer (TLS); {TRY_IT}")
    message = _status_message(error.body) or str(error.reason or "")
    if error.status == 401:
        return Refused(401, f"the cluster does not accept the kubeconfig's login; sign in again, then {TRY_IT}")
    if error.status == 403:
        return Refused(403, f"{message}; ask for a role with that right")
    if error.status == 429 or error.status >= 500:
        return Away(f"the cluster answers {error.status}: {message}; {TRY_IT}")
    return Refused(int(error.status), f"the cluster answers {error.status}: {message}")


def _status_message(body: Any) -> str:
    try:
        return str(json.loads(body)["message"])
    except (TypeError, ValueError, KeyError):
        return ""
