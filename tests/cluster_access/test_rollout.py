"""Updates that come to an end on a real cluster, and what is told of those that do not."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from parts.cluster import Manifest, SharedCluster
from parts.deployments import container, deployment, gateway, routes
from triton_serving.cluster_access.answering import ROUTES_ANNOTATION
from triton_serving.cluster_access.connection import Cluster
from triton_serving.cluster_access.rollout import Target, follow, state_of
from triton_serving.models.work import Stopped, Work
from triton_serving.plan.gateway.split import WAYS
from triton_serving.rules.problems import UserError

LONG = 600
"""Longer than any test: what is told before is told because it is clear."""
KEYS = ("primary-key-0123456789", "secondary-key-0123456789")


def target(cluster: SharedCluster, namespace: str, name: str, *, seconds: int = LONG, **more: object) -> Target:
    uid = cluster.get("deployment", name, namespace=namespace)["metadata"]["uid"]
    told = {"routes_versions": ("one",), "keys": KEYS, "tls_name": None, "service": None} | more
    return Target(namespace, (name,), (uid,), seconds, **told)  # type: ignore[arg-type]


def beside(stable: Target, cluster: SharedCluster, candidate: str, routes_version: str) -> Target:
    uid = cluster.get("deployment", candidate, namespace=stable.namespace)["metadata"]["uid"]
    return replace(
        stable,
        deployments=(*stable.deployments, candidate),
        uids=(*stable.uids, uid),
        routes_versions=(*stable.routes_versions, routes_version),
    )


@contextmanager
def ending(stop: threading.Event) -> Iterator[None]:
    """Also when the test has failed: nobody waits then for what does not come."""
    try:
        yield
    finally:
        stop.set()


@pytest.fixture
def serving(cluster: SharedCluster, namespace: str, busybox: str, connection: Cluster) -> str:
    """A service that serves with routes `one`."""
    cluster.apply(routes("digits", "one"), gateway("digits", busybox, replicas=2), namespace=namespace)
    said: list[str] = []
    assert follow(connection, target(cluster, namespace, "digits"), Work(said.append), print) is None
    assert said[-1] == "digits: 2 of 2 pods have the newest routes and keys"
    return "digits"


class TestAnUpdateThatEnds:
    def test_waits_for_new_routes_in_every_pod_and_hurries_them_on(
        self, cluster: SharedCluster, namespace: str, serving: str, connection: Cluster
    ) -> None:
        cluster.apply(routes(serving, "two"), namespace=namespace)
        follow(connection, target(cluster, namespace, serving, routes_versions=("two",)), Work(), print)
        pods = connection.get(f"/api/v1/namespaces/{namespace}/pods")["items"]
        # A kubelet that looked by itself in that very moment needs no hurrying.
        hurried = [pod["metadata"].get("annotations", {}).get(ROUTES_ANNOTATION, "two") for pod in pods]
        assert hurried == ["two", "two"]
        assert state_of(connection, namespace, serving) == ("Healthy", "")

    def test_waits_for_a_candidate_s_routes_and_then_until_every_pod_reaches_it(
        self, cluster: SharedCluster, namespace: str, serving: str, busybox: str, connection: Cluster
    ) -> None:
        cluster.apply(routes("digits-new", "old"), gateway("digits-new", busybox), namespace=namespace)
        aim = beside(target(cluster, namespace, serving), cluster, "digits-new", "new")
        said: list[str] = []
        stop = threading.Event()

        def then(line: str, change: Manifest) -> None:
            """Once that was said."""
            cluster.eventually(lambda: line in said, f"not said: {line}")
            assert not followed.done()
            cluster.apply(change, namespace=namespace)
            # Pods that were hurried on have looked before the change came.
            cluster.kubectl(
                "annotate", "pods", "--all", f"--namespace={namespace}", "--overwrite", f"looked={len(said)}"
            )

        with ThreadPoolExecutor() as threads, ending(stop):
            followed = threads.submit(follow, connection, aim, Work(said.append, stop), print)
            then("digits-new: 0 of 1 pods have the newest routes and keys", routes("digits-new", "new"))
            then("digits: 0 of 2 pods reach the candidate", routes("digits", "one", **dict.fromkeys(WAYS, "new")))
            assert followed.result(timeout=LONG) is None
        assert said[-1] == "digits: 2 of 2 pods reach the candidate"

    def test_gives_the_load_balancer_s_address(
        self, cluster: SharedCluster, namespace: str, serving: str, connection: Cluster
    ) -> None:
        balancer = {"type": "LoadBalancer", "selector": {"none": "such"}, "ports": [{"port": 80, "targetPort": 8080}]}
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": serving}, "spec": balancer}
        cluster.apply(service, namespace=namespace)
        address = follow(connection, target(cluster, namespace, serving, service=serving), Work(), print)
        given = cluster.get("service", serving, namespace=namespace)["status"]["loadBalancer"]["ingress"][0]["ip"]
        assert address == given

    def test_tells_how_many_pods_are_ready_and_survives_an_api_server_that_is_started_anew(
        self, cluster: SharedCluster, namespace: str, serving: str, busybox: str, connection: Cluster, tmp_path: Path
    ) -> None:
        cluster.apply(gateway(serving, busybox, replicas=2, gate=tmp_path), namespace=namespace)
        aim = target(cluster, namespace, serving)
        said: list[str] = []
        stop = threading.Event()
        with ThreadPoolExecutor() as threads, ending(stop):
            followed = threads.submit(follow, connection, aim, Work(said.append, stop), print)
            cluster.eventually(lambda: any("digits: 0 of 2 pods ready" in line for line in said), "nobody is missed")
            cluster.stop("apiserver")
            cluster.eventually(lambda: any("does not answer" in line for line in said), "nobody misses it")
            cluster.start("apiserver")
            (tmp_path / "open").touch()
            assert followed.result(timeout=LONG) is None

    def test_is_left_when_the_user_stops_it(
        self, cluster: SharedCluster, namespace: str, serving: str, connection: Cluster
    ) -> None:
        stop = threading.Event()
        work = Work(lambda _: stop.set(), stop)
        with pytest.raises(Stopped):
            follow(connection, target(cluster, namespace, serving, routes_versions=("never",)), work, print)


def bad(image: str) -> dict[str, Manifest]:
    """Deployments by what is wrong with them."""
    cannot = "echo Traceback; echo 'triton_scoring did not start: /source/score.py, line 3: it raised KeyError'; exit 3"
    leaks = f"echo \"E1121 10:00:00.000000 1 a.cc:1] failed to load 'times' version 1: no {KEYS[0]}\"; exit 1"
    hungry = container("triton", "/bin/busybox tail /dev/zero", resources={"limits": {"memory": "32Mi"}})
    sleeps = "exec /bin/busybox sleep 9999"
    missing = container("triton", sleeps, image=f"{image.split('@')[0]}@sha256:{'1' * 64}")
    needy = container("scoring", sleeps, envFrom=[{"secretRef": {"name": "nowhere"}}])
    return {
        "script": deployment("script", image, container("scoring", cannot)),
        "model": deployment("model", image, container("triton", leaks)),
        "memory": deployment("memory", image, hungry),
        "image": deployment("image", image, missing),
        "secret": deployment("secret", image, needy),
    }


TOLD = {
    "script": "the entry script cannot be served: /source/score.py, line 3: it raised KeyError",
    "model": "Triton ended with exit status 1, 4 times: failed to load 'times' version 1: no ***",
    "memory": "Triton needs more memory than its limit of 32Mi and was ended for it",
    "image": "is not in its registry",
    "secret": "it needs the Secret 'nowhere', which is not there",
}


@pytest.fixture(scope="module", autouse=True)
def following(
    cluster: SharedCluster, busybox: str, connection: Cluster
) -> Iterator[Callable[[str], "Future[str | None]"]]:
    """All at once, and while other tests run: each takes half a minute or more to be sure."""
    namespace = cluster.make_namespace()
    deployments = bad(busybox)
    cluster.apply(*deployments.values(), namespace=namespace)
    threads = ThreadPoolExecutor(len(deployments))
    futures = {
        name: threads.submit(follow, connection, target(cluster, namespace, name), Work(), print)
        for name in deployments
    }
    yield futures.__getitem__
    cluster.kubectl("delete", "namespace", namespace, "--wait=false")
    threads.shutdown(cancel_futures=True)


class TestAnUpdateThatWillNotEnd:
    def test_leaves_the_old_pods_serving_and_says_so(
        self, cluster: SharedCluster, namespace: str, serving: str, busybox: str, connection: Cluster
    ) -> None:
        unfit = container("scoring", "exit 3", readinessProbe={"tcpSocket": {"port": 8080}})
        cluster.apply(deployment(serving, busybox, unfit, replicas=2), namespace=namespace)
        with pytest.raises(UserError, match="2 pods of the version before keep serving; mend it"):
            follow(connection, target(cluster, namespace, serving), Work(), print)

    def test_for_want_of_a_gpu_is_told_at_the_deadline_with_the_strategy_that_would_help(
        self, cluster: SharedCluster, namespace: str, busybox: str, connection: Cluster
    ) -> None:
        sleeping = container("triton", "exec /bin/busybox sleep 9999", resources={"limits": {"nvidia.com/gpu": 2}})
        before = deployment("digits", busybox, sleeping)
        cluster.apply(before, namespace=namespace)
        cluster.eventually(
            lambda: cluster.get("deployment", "digits", namespace=namespace)["status"].get("readyReplicas"), "not ready"
        )
        before["spec"]["template"]["metadata"]["annotations"] = {"changed": "yes"}
        cluster.apply(before, namespace=namespace)
        unscheduled = "jsonpath={.items[*].status.conditions[?(@.reason=='Unschedulable')].message}"
        cluster.eventually(
            lambda: cluster.kubectl("get", "pods", f"--namespace={namespace}", f"--output={unscheduled}"),
            "the scheduler has not looked at the new pod",
        )
        with pytest.raises(UserError) as told:
            follow(connection, target(cluster, namespace, "digits", seconds=4), Work(), print)
        text = str(told.value)
        assert text.startswith("the update of 'digits' has not gone on for 4 s: no node can take it: ")
        assert "Insufficient nvidia.com/gpu" in text
        assert "1 pod of the version before keeps serving; choose strategy 'recycle'" in text

    def test_because_nobody_lets_the_keys_in_is_told_with_the_pod(
        self, cluster: SharedCluster, namespace: str, serving: str, connection: Cluster
    ) -> None:
        with pytest.raises(
            UserError, match=r"(?s)by the routes and keys from before.*2 of 2 pods of the new version are ready; run"
        ):
            follow(
                connection, target(cluster, namespace, serving, routes_versions=("never",), seconds=3), Work(), print
            )

    def test_because_the_candidate_is_not_reached_is_told_with_its_service(
        self, cluster: SharedCluster, namespace: str, serving: str, busybox: str, connection: Cluster
    ) -> None:
        cluster.apply(routes("digits-new", "new"), gateway("digits-new", busybox), namespace=namespace)
        follow(connection, target(cluster, namespace, "digits-new", routes_versions=("new",)), Work(), print)
        aim = beside(target(cluster, namespace, serving, seconds=3), cluster, "digits-new", "new")
        with pytest.raises(UserError) as told:
            follow(connection, aim, Work(), print)
        text = str(told.value)
        assert text.startswith("the update of 'digits' has not gone on for 3 s: the gateway does not reach the ")
        assert "candidate's Service 'digits-new' (pod digits-" in text
        assert "and 1 more)" in text
        assert "2 of 2 pods of the new version are ready; see that the cluster's name server knows it" in text

    def test_of_another_cluster_s_deployment_is_not_waited_for(
        self, cluster: SharedCluster, namespace: str, serving: str, connection: Cluster
    ) -> None:
        aim = Target(namespace, (serving,), ("another-uid",), LONG, ("one",), KEYS)
        with pytest.raises(UserError, match="is another one than the one that was made"):
            follow(connection, aim, Work(), print)


def test_a_service_that_was_removed_is_told_so(
    cluster: SharedCluster, namespace: str, serving: str, connection: Cluster
) -> None:
    cluster.kubectl("delete", "deployment", serving, f"--namespace={namespace}", "--wait=false")
    gone = ("Failed", "it is not there any more")
    cluster.eventually(lambda: state_of(connection, namespace, serving) == gone, "it is still there")


@pytest.mark.parametrize("name", TOLD)
def test_an_update_that_will_not_end_is_told_as_soon_as_that_is_clear(
    following: Callable[[str], "Future[str | None]"], name: str
) -> None:
    with pytest.raises(UserError) as told:
        following(name).result(timeout=LONG)
    text = str(told.value)
    assert text.startswith(f"the update of '{name}' does not come to an end: ")
    assert TOLD[name] in text
    assert KEYS[0] not in text
    assert "\nno pod is ready; " in text
