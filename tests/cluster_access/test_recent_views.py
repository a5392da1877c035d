"""The services of one preview share what one of them has asked."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import yaml
from parts.cluster import SharedCluster
from parts.listening import Listening, QuietHandler
from triton_serving.cluster_access import recent_views
from triton_serving.cluster_access.connection import Cluster
from triton_serving.cluster_access.recent_views import RecentViews
from triton_serving.cluster_access.view import look
from triton_serving.rules.problems import UserError


@contextmanager
def busy_api_server() -> Iterator[tuple[str, list[str]]]:
    """A kubeconfig for one that has no time for anybody, and the paths that it was asked for."""
    asked: list[str] = []

    class Busy(QuietHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(503)

    with Listening(Busy) as server:
        yield kubeconfig(server.url), asked


def kubeconfig(server: str) -> str:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": "u"}} for name in ("one", "two")],
        "current-context": "one",
    }
    return str(yaml.safe_dump(config))


def refused(views: RecentViews, config: str, context: str | None = None) -> bool:
    with pytest.raises(UserError, match="503"):
        views.of(config, context)
    return True


@pytest.fixture
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer holds for longer than any test."""
    monkeypatch.setattr(recent_views, "SECONDS", 3600.0)


@pytest.mark.usefixtures("no_hurry")
def test_a_cluster_is_asked_once_for_many_services_even_if_it_gives_no_answer() -> None:
    views = RecentViews()
    with busy_api_server() as (config, asked), ThreadPoolExecutor(8) as threads:
        assert all(threads.map(lambda _: refused(views, config), range(20)))
        assert asked == ["/version"]
        refused(views, config, "two")
        assert asked == ["/version"] * 2, "another context may be another cluster"


def test_an_answer_holds_for_some_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_views, "SECONDS", 0.0)
    views = RecentViews()
    with busy_api_server() as (config, asked):
        refused(views, config)
        refused(views, config)
        assert asked == ["/version"] * 2


@pytest.mark.usefixtures("no_hurry")
def test_it_is_what_the_cluster_itself_says(cluster: SharedCluster, connection: Cluster) -> None:
    views = RecentViews()
    seen = views.of(str(cluster.kubeconfig), None)
    assert seen.version == look(connection).version
    assert views.of(str(cluster.kubeconfig), None) is seen
