"""How far a Deployment has come, from its own status, its ReplicaSets and its pods."""

from typing import Any

import pytest
from triton_serving.cluster_access.progress import Progress, progress_of

REVISION = "deployment.kubernetes.io/revision"


def found(*, old: int = 0, new: int = 0, unready: int = 0, wanted: int = 2, **status: Any) -> Progress:
    """Two ReplicaSets and their pods; the status is that of a rollout that is over, but for what is said."""
    over = {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
    deployment = {
        "metadata": {"name": "digits", "uid": "d", "generation": 3, "annotations": {REVISION: "2"}},
        "spec": {"replicas": wanted, "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}},
        "status": over | status,
    }
    sets = [replica_set("s1", "1"), replica_set("s2", "2"), replica_set("strange", "2", owner="another")]
    pods = [pod("s1") for _ in range(old)] + [pod("s2") for _ in range(new)] + [pod("strange")]
    return progress_of(deployment, sets, [*pods, *(pod("s2", ready=False) for _ in range(unready))])


def replica_set(uid: str, revision: str, owner: str = "d") -> Any:
    return {"metadata": {"uid": uid, "annotations": {REVISION: revision}, **owned_by(owner)}}


def pod(owner: str, *, ready: bool = True) -> Any:
    return {
        "metadata": {"name": "p", "uid": "p", **owned_by(owner)},
        "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
    }


def owned_by(uid: str) -> Any:
    return {"ownerReferences": [{"uid": uid, "controller": True}]}


def test_it_is_over_when_all_pods_are_of_the_newest_template_and_ready() -> None:
    assert found(new=2).over


@pytest.mark.parametrize(
    "progress",
    [
        found(new=2, observedGeneration=2),
        found(new=2, old=1, replicas=3),
        found(new=1, old=1, updatedReplicas=1),
        found(new=2, availableReplicas=1),
        found(new=1, unready=1),
        found(new=2, wanted=3),
    ],
    ids=["not noticed", "an old pod is left", "one to be replaced", "too short ready", "ended since", "scaled since"],
)
def test_it_is_not_over_before(progress: Progress) -> None:
    assert not progress.over


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (found(old=1, unready=1), "1 pod of the version before keeps serving"),
        (found(old=2, unready=1), "2 pods of the version before keep serving"),
        (found(new=1, unready=1), "1 of 2 pods of the new version are ready"),
        (found(unready=2), "no pod is ready"),
    ],
    ids=["one old", "two old", "new", "none"],
)
def test_who_serves_is_told(progress: Progress, words: str) -> None:
    assert progress.serving == words


def test_pods_of_other_owners_are_not_counted() -> None:
    progress = found(old=1, new=1)
    assert (len(progress.old), len(progress.new)) == (1, 1)
