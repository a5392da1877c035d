"""A role that was just given counts a little later: until then somebody waits, and says so."""

import threading
from collections.abc import Iterator

import pytest
import yaml
from parts.cluster import SharedCluster
from triton_serving.cluster_access import entrance
from triton_serving.cluster_access.connection import Cluster
from triton_serving.cluster_access.entrance import wait_to_be_let_in
from triton_serving.models.work import Stopped, Work
from triton_serving.rules.problems import UserError

ROLE = "may-make-namespaces"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "PAUSE", 0.05)


@pytest.fixture
def newcomer(cluster: SharedCluster, namespace: str) -> Iterator[Cluster]:
    """Somebody whom the cluster knows, and lets do nothing."""
    cluster.kubectl("create", "serviceaccount", "newcomer", f"--namespace={namespace}")
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    token = cluster.kubectl("create", "token", "newcomer", f"--namespace={namespace}").strip()
    config["users"][0]["user"] = {"token": token}
    cluster.kubectl("create", "clusterrole", ROLE, "--verb=create", "--resource=namespaces")
    yield Cluster.connect(yaml.safe_dump(config), None)
    cluster.kubectl("delete", f"clusterrole/{ROLE}", f"clusterrolebinding/{ROLE}", "--ignore-not-found")


def test_whoever_may_already_goes_on_at_once(cluster: SharedCluster) -> None:
    said: list[str] = []
    wait_to_be_let_in(Cluster.connect(str(cluster.kubeconfig), None), Work(said.append))
    assert said == []


def test_a_role_that_counts_a_little_later_is_waited_for(
    cluster: SharedCluster, newcomer: Cluster, namespace: str
) -> None:
    waiting = threading.Event()

    def given_later() -> None:
        assert waiting.wait(30)
        account = f"--serviceaccount={namespace}:newcomer"
        cluster.kubectl("create", "clusterrolebinding", ROLE, f"--clusterrole={ROLE}", account)

    giving = threading.Thread(target=given_later)
    giving.start()
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        waiting.set()

    wait_to_be_let_in(newcomer, Work(say))
    giving.join()
    assert "the cluster does not let this login make namespaces yet" in said[0]


def test_a_role_that_never_counts_is_told_with_the_way_out(newcomer: Cluster) -> None:
    with pytest.raises(UserError, match="0 minutes after the role was given; see whether this is the login"):
        wait_to_be_let_in(newcomer, Work(), patience=0)


def test_a_server_that_is_not_there_yet_is_waited_for_until_the_user_has_enough() -> None:
    nowhere = {"server": "https://127.0.0.1:9", "insecure-skip-tls-verify": True}
    config = {
        "clusters": [{"name": "c", "cluster": nowhere}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "one",
    }
    work = Work(lambda _: work.stop.set())
    with pytest.raises(Stopped):
        wait_to_be_let_in(Cluster.connect(yaml.safe_dump(config), None), work)
