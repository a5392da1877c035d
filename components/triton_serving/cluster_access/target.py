"""What has to be true for an update to be over."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """What has to be true for an update to be over."""

    namespace: str
    deployments: tuple[str, ...]
    """The stable one, and a candidate's."""
    uids: tuple[str, ...]
    """Of the deployments, as Pulumi's provider made them: another one of the same name is on another cluster."""
    progress_seconds: int
    routes_versions: tuple[str, ...]
    """What every gateway of each deployment must answer at VERSION_PATH."""
    keys: tuple[str, ...] = field(repr=False)
    """Every one of them must be let in by every pod; empty while keys are off."""
    tls_name: str | None = None
    """The gateway speaks TLS; the certificate is not checked: it is the caller's business whom it is for.
    That of a candidate never does."""
    service: str | None = None
    """A Service of type LoadBalancer that has to have an address."""
