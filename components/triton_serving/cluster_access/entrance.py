"""The wait for a cluster to let somebody in whom a role was just given.

Azure takes minutes until a role counts everywhere, and until the address of a new API server is known; whoever goes on
at once fails with a 403 that is gone on the next try.
"""

import time
from collections.abc import Callable

from ..models.work import Work
from ..rules.problems import UserError
from .connection import Away, Cluster, Refused

PATIENCE = 900.0
"""Seconds. Azure promises ten minutes for a role (learn.microsoft.com, role-based-access-control/troubleshooting)."""
PAUSE = 5.0
_REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_QUESTION = {
    "apiVersion": "authorization.k8s.io/v1",
    "kind": "SelfSubjectAccessReview",
    "spec": {"resourceAttributes": {"verb": "create", "resource": "namespaces"}},
}


def wait_to_be_let_in(
    cluster: Cluster, work: Work, patience: float = PATIENCE, clock: Callable[[], float] = time.monotonic
) -> None:
    """Returns once this login may make namespaces; raises UserError with the last reason when the patience ends."""
    deadline = clock() + patience
    while (reason := _why_not(cluster)) is not None:
        if clock() >= deadline:
            raise UserError(
                f"{reason}, {patience / 60:.0f} minutes after the role was given; see whether this is the login that "
                "`pulumi up` runs with (az account show), then run the same command again"
            )
        work.say(f"{reason}; a new role takes Azure some minutes")
        work.stop.wait(PAUSE)
        work.checkpoint()


def _why_not(cluster: Cluster) -> str | None:
    try:
        answer = cluster.post(_REVIEW, _QUESTION)
    except (Away, Refused) as error:
        return str(error).partition(";")[0]
    return None if answer["status"].get("allowed") else "the cluster does not let this login make namespaces yet"
