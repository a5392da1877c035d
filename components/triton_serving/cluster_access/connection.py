"""A kubeconfig as a connection to the API server."""

from typing import Self


class Cluster:
    """One cluster, by the words of the official client. Lets nothing of a kubeconfig into messages."""

    @classmethod
    def connect(cls, kubeconfig: str | None, context: str | None) -> Self:
        """`kubeconfig` is its text or its path; None is the one that kubectl would take (KUBECONFIG, ~/.kube/config).
        Raises UserError with the way out when there is none, it cannot be read, or has no such context."""
        raise NotImplementedError
