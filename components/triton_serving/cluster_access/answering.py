"""Which pods answer as an update wants it: with the newest routes and keys, and through to the candidate."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from .connection import Cluster, Refused
from .finding import Found
from .objects import SECONDS, pods_path
from .pods import Answer, Question, ask, for_its_own, for_the_candidates
from .progress import Progress
from .target import Target
from .trouble import Hope, Object, Trouble

ROUTES_ANNOTATION = "triton-serving/routes"
"""A changed pod is looked after at once by its kubelet; else a changed Secret takes up to 90 s to get there."""
_TOGETHER = 8


class Answering:
    def __init__(self, cluster: Cluster, target: Target, say: Callable[[str], None]) -> None:
        self._cluster, self._target, self._say = cluster, target, say
        self._answered: set[tuple[str, str]] = set()
        self._hurried: set[tuple[str, str]] = set()

    @property
    def answered(self) -> int:
        """So many questions, of all pods."""
        return len(self._answered)

    def late(self, found: Sequence[Progress]) -> list[tuple[Progress, Found]]:
        """What still keeps the pods of each deployment."""
        return self._without_newest_routes(found) or self._without_candidate(*found)

    def _without_newest_routes(self, found: Sequence[Progress]) -> list[tuple[Progress, Found]]:
        late = []
        for number, progress in enumerate(found):
            tls_name = None if number else self._target.tls_name  # the stable version's gateway has ended TLS
            question = for_its_own(self._target.routes_versions[number], self._target.keys, tls_name)
            late += self._ask_all(progress, question, "have the newest routes and keys", _OLDER)
        return late

    def _without_candidate(self, stable: Progress, *candidates: Progress) -> list[tuple[Progress, Found]]:
        """Only after the candidate's pods have answered: now they have to through every stable one, which looks the
        candidate's name up by itself."""
        late = []
        for candidate, version in zip(candidates, self._target.routes_versions[1:], strict=True):
            question = for_the_candidates(version, self._target.keys, self._target.tls_name)
            late += self._ask_all(stable, question, "reach the candidate", _apart(candidate.name))
        return late

    def _ask_all(
        self, progress: Progress, question: Question, what: str, otherwise: Trouble
    ) -> list[tuple[Progress, Found]]:
        pods = [pod for pod in progress.ready if _key(pod, question) not in self._answered]
        if not pods:
            return []
        with ThreadPoolExecutor(_TOGETHER) as threads:
            answers = list(threads.map(lambda pod: self._ask(pod, question), pods))
        late = [(pod, answer) for pod, answer in zip(pods, answers, strict=True) if answer is not Answer.NEWEST]
        self._answered |= {_key(pod, question) for pod in pods} - {_key(pod, question) for pod, _ in late}
        # Only now: what is said first stays beside the resource, as what follows at once is left out.
        total = len(progress.ready)
        self._say(f"{progress.name}: {total - len(late)} of {total} pods {what}")
        for pod, answer in late:
            if answer is Answer.OLDER:
                self._hurry(pod, question)
        trouble = otherwise if late and late[0][1] is Answer.OLDER else _SILENT
        return [(progress, Found(trouble, tuple(pod for pod, _ in late)))] if late else []

    def _ask(self, pod: Object, question: Question) -> Answer:
        return ask(self._cluster, self._target.namespace, pod["metadata"]["name"], question)

    def _hurry(self, pod: Object, question: Question) -> None:
        """Also one that does not reach the candidate: the ConfigMap that says where it is may come after the routes."""
        if _key(pod, question) in self._hurried:
            return
        path = f"{pods_path(self._target.namespace)}/{pod['metadata']['name']}"
        change = {"metadata": {"annotations": {ROUTES_ANNOTATION: question.routes_version}}}
        with suppress(Refused):  # may not, or the pod is gone: then it only takes longer
            self._cluster.patch(path, change, SECONDS)
        self._hurried.add(_key(pod, question))


def _key(pod: Object, question: Question) -> tuple[str, str]:
    """No two releases have the same version."""
    return pod["metadata"]["uid"], question.routes_version


_OLDER = Trouble(
    "the gateway still answers by the routes and keys from before",
    "run the same command again; the node's kubelet brings them within two minutes",
    Hope.SOME,
    "gateway",
)
_SILENT = Trouble("the gateway does not answer", "run the same command again", Hope.SOME, "gateway")


def _apart(service: str) -> Trouble:
    return Trouble(
        f"the gateway does not reach the candidate's Service '{service}'",
        "see that the cluster's name server knows it, and that no network policy besides the service's own keeps the "
        "two apart; then run the same command again",
        Hope.SOME,
        "gateway",
    )
