"""One update, asked about again and again until it is over or will not be."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from ..models.work import Work
from ..rules.problems import UserError
from .answering import Answering
from .connection import Away, Cluster, Refused
from .finding import Found, worst_trouble
from .objects import SECONDS, read_events, read_log, read_progress, service_path
from .progress import Progress
from .report import redacted, report
from .target import Target
from .trouble import Hope, Trouble

LITTLE_HOPE_SECONDS = 30.0
"""In which what is missing may still come: a Secret made just now, a registry's copy of a new image."""
_NOTICE_SECONDS = 15.0
"""After which passing trouble is told, in case that nobody is doing anything about it."""
_WORTH_A_NOTICE = (None, "model")
"""Others only take their time, or end so often that it is told soon."""
_LOGIN_SECONDS = 15.0
"""An API server that has just started refuses good logins and rights until it has read its roles."""
LOG_TRIES = 5
"""A second apart."""


class Following:
    def __init__(self, cluster: Cluster, target: Target, work: Work, notice: Callable[[str], None]) -> None:
        self._cluster, self._target, self._work, self._notice = cluster, target, work, notice
        self._answering = Answering(cluster, target, work.say)
        self._began = self._moved = time.monotonic()
        self._farthest: int | None = None
        self._since: dict[str, float] = {}
        self._noticed: set[str] = set()

    def pause(self) -> float:
        """A second at first, three for updates that take minutes."""
        return min(1 + (time.monotonic() - self._began) / 60, 3.0)

    def step(self) -> tuple[bool, str | None]:
        """Whether it is over, and the load balancer's address. Raises UserError when it will not be."""
        try:
            found = [
                self._read(name, uid) for name, uid in zip(self._target.deployments, self._target.uids, strict=True)
            ]
            self._count(found)
            waiting = [progress for progress in found if not progress.over]
            if waiting:
                self._wait_for(waiting)
            elif self._all_answer(found):
                return self._address(found[0])
        except Away as away:
            self._missed(away, "cluster", self._target.progress_seconds)
        except Refused as refused:
            self._missed(refused, "login", _LOGIN_SECONDS)
        else:
            self._since.pop("cluster", None)
            self._since.pop("login", None)
        return False, None

    def _read(self, name: str, uid: str) -> Progress:
        try:
            progress = read_progress(self._cluster, self._target.namespace, name)
        except Refused as refused:
            if refused.status == 404:
                raise UserError(
                    f"the Deployment '{name}' was removed while it was waited for; "
                    "run 'pulumi refresh', then 'pulumi up'"
                ) from None
            raise
        if progress.deployment["metadata"]["uid"] != uid:
            raise UserError(
                f"the Deployment '{name}' is another one than the one that was made, or on another cluster; "
                "see which cluster the kubeconfig names, then run 'pulumi refresh' and 'pulumi up'"
            )
        return progress

    def _count(self, found: Iterable[Progress]) -> None:
        """Every pod that gets ready or goes away starts the time anew."""
        far = sum(one.noticed + len(one.ready) - len(one.old) for one in found) + self._answering.answered
        if self._farthest is None or far > self._farthest:
            self._farthest, self._moved = far, time.monotonic()

    def _missed(self, error: UserError, what: str, seconds: float) -> None:
        """The API server did not answer, or not to this user. Nothing else goes wrong for that."""
        self._work.say(str(error))
        if self._lasts(what) > seconds:
            raise error
        if what == "cluster" and self._lasts(what) > _NOTICE_SECONDS:
            self._tell(f"{error}; it is asked again until it answers")

    def _wait_for(self, waiting: Sequence[Progress]) -> None:
        for progress in waiting:
            found = worst_trouble(self._cluster, self._target.namespace, progress)
            ready = f"{progress.name}: {len(progress.ready)} of {progress.wanted} pods ready"
            self._work.say(f"{ready}; {found.trouble.reason}" if found else ready)
            if found and found.trouble.hope is not Hope.SOME:
                lasts = self._lasts(f"{found.pods[0]['metadata']['uid'] if found.pods else progress.name} little hope")
                if found.trouble.hope is Hope.NONE or lasts >= LITTLE_HOPE_SECONDS:
                    raise self._failure(progress, found, "does not come to an end")
            elif (
                found
                and found.trouble.container in _WORTH_A_NOTICE
                and self._lasts(found.trouble.reason) > _NOTICE_SECONDS
            ):
                self._tell(f"{ready}; {found.trouble.reason}; {found.trouble.remedy}", found.trouble.remedy)
            self._check_time(progress, found or Found(_nothing_known(progress)))

    def _all_answer(self, found: Sequence[Progress]) -> bool:
        late = self._answering.late(found)
        for progress, what in late:
            self._check_time(progress, what)
        return not late

    def _address(self, progress: Progress) -> tuple[bool, str | None]:
        if self._target.service is None:
            return True, None
        service = self._cluster.get(service_path(self._target.namespace, self._target.service), SECONDS)
        for place in service["status"].get("loadBalancer", {}).get("ingress", ()):
            if address := place.get("ip") or place.get("hostname"):
                return True, str(address)
        self._work.say(f"{progress.name}: waiting for the address of the load balancer")
        events = read_events(self._cluster, self._target.namespace, service["metadata"]["uid"])
        said = [event["message"] for event in events if event["type"] == "Warning"]
        self._check_time(progress, Found(_no_address(said[-1] if said else None)))
        return False, None

    def _check_time(self, progress: Progress, found: Found) -> None:
        seconds = self._target.progress_seconds
        if time.monotonic() - self._moved > seconds:
            raise self._failure(progress, found, f"has not gone on for {seconds} s")

    def _failure(self, progress: Progress, found: Found, how: str) -> UserError:
        trouble, names = found.trouble, [pod["metadata"]["name"] for pod in found.pods]
        log = self._log(names[0], trouble.container, trouble.previous) if names and trouble.container else []
        return UserError(redacted(report(progress.name, names, trouble, log, progress.serving, how), self._target.keys))

    def _log(self, pod: str, container: str, previous: bool) -> list[str]:
        """What a container said; empty when nothing is to be had, and the reason is told all the same. One that ends
        again and again is between two runs at times: the earlier log is gone then, and the later one has not begun."""
        for _ in range(LOG_TRIES):
            for run in (previous, not previous):
                with suppress(Away, Refused):
                    if log := read_log(self._cluster, self._target.namespace, pod, container, previous=run):
                        return log
            self._work.stop.wait(1)
        return []

    def _lasts(self, what: str) -> float:
        now = time.monotonic()
        return now - self._since.setdefault(what, now)

    def _tell(self, text: str, once_for: str | None = None) -> None:
        if (once_for or text) not in self._noticed:
            self._noticed.add(once_for or text)
            self._notice(redacted(text, self._target.keys))


def _nothing_known(progress: Progress) -> Trouble:
    if not progress.noticed:
        reason, remedy = "the cluster has not noticed it", "see that its controller manager runs"
    elif progress.old or len(progress.ready) >= progress.wanted:
        reason, remedy = "pods of the version before have not ended", "'kubectl describe pod' says what holds them"
    else:
        reason, remedy = "its pods are not ready", "'kubectl describe pod' says more"
    return Trouble(reason, remedy, Hope.SOME)


def _no_address(said: str | None) -> Trouble:
    return Trouble(
        "its load balancer has no address" + (f": {said}" if said else ""),
        "see that the cluster makes load balancers and has addresses left, or choose another exposure",
        Hope.SOME,
    )
