"""How far one Deployment has come with its newest template, from what the API server says of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from .diagnosis import is_leaving, is_ready
from .trouble import Object

_REVISION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True)
class Progress:
    deployment: Object
    new: tuple[Object, ...]
    """Pods of the newest template; ended and leaving ones too."""
    old: tuple[Object, ...]
    """Pods of templates before it that have not ended."""

    @property
    def name(self) -> str:
        return str(self.deployment["metadata"]["name"])

    @property
    def wanted(self) -> int:
        return int(self.deployment["spec"]["replicas"])

    @property
    def noticed(self) -> bool:
        """Whether the cluster's controllers have seen the newest template."""
        seen = self.deployment["status"].get("observedGeneration", 0)
        return bool(seen >= self.deployment["metadata"]["generation"])

    @property
    def over(self) -> bool:
        status = self.deployment["status"]
        everywhere = self.wanted == status.get("replicas", 0) == status.get("updatedReplicas", 0)
        available = status.get("availableReplicas", 0) == self.wanted
        # The pods are read a moment later: one that has ended since then has not been counted out yet.
        return self.noticed and everywhere and available and len(self.ready) >= self.wanted

    @property
    def was_over(self) -> bool:
        """Whether it has been over before, so that what is wrong now came later."""
        conditions = self.deployment["status"].get("conditions", ())
        return self.noticed and any(one.get("reason") == "NewReplicaSetAvailable" for one in conditions)

    @property
    def ready(self) -> list[Object]:
        return [pod for pod in self.new if is_ready(pod)]

    @property
    def serving(self) -> str:
        """Who answers requests, for a failed update's user."""
        old = sum(map(is_ready, self.old))
        if old:
            return f"{old} pod{'s' if old > 1 else ''} of the version before keep{'' if old > 1 else 's'} serving"
        ready = len(self.ready)
        return f"{ready} of {self.wanted} pods of the new version are ready" if ready else "no pod is ready"

    @property
    def starts_beside(self) -> bool:
        """Whether a new pod starts before old ones end, which hold what they hold until then."""
        surge = self.deployment["spec"]["strategy"].get("rollingUpdate", {}).get("maxSurge", 0)
        return bool(self.old) and surge not in (0, "0", "0%")

    @property
    def refused(self) -> str | None:
        """Why pods cannot even be made: a quota, Pod Security, an admission webhook."""
        for condition in self.deployment["status"].get("conditions", ()):
            if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
                return str(condition.get("message", condition["reason"]))
        return None


def progress_of(deployment: Object, replica_sets: Sequence[Object], pods: Sequence[Object]) -> Progress:
    """`replica_sets` and `pods` may be of other deployments, too."""
    own = [one for one in replica_sets if _owner(one) == deployment["metadata"]["uid"]]
    revision = _revision(deployment)
    newest = {one["metadata"]["uid"] for one in own if _revision(one) == revision}
    before = {one["metadata"]["uid"] for one in own} - newest
    return Progress(
        deployment,
        tuple(pod for pod in pods if _owner(pod) in newest),
        tuple(pod for pod in pods if _owner(pod) in before and not is_leaving(pod)),
    )


def _owner(one: Object) -> str | None:
    owners = one["metadata"].get("ownerReferences", ())
    return next((owner["uid"] for owner in owners if owner.get("controller")), None)


def _revision(one: Object) -> str | None:
    found: str | None = one["metadata"].get("annotations", {}).get(_REVISION)
    return found
