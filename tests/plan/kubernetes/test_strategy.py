"""How an update goes, by what is known of spare GPUs; what a cluster cannot do is told before anything is made."""

from dataclasses import replace
from typing import Any

import pytest
from parts.cluster_services import release, service
from triton_serving.plan.kubernetes.capacity import ClusterView, Node
from triton_serving.plan.kubernetes.service import (
    ClusterService,
    Delivery,
    Exposure,
    Reach,
    Replicas,
    Resources,
    Strategy,
)
from triton_serving.plan.kubernetes.strategy import choose, cluster_problems, taken_problems
from triton_serving.rules.problems import UserError

GPU, SLICE = "nvidia.com/gpu", "nvidia.com/mig-1g.10gb"
SURGE, RECYCLE, RECREATE = Strategy


def node(gpus: int = 0, used: int = 0, own: int = 0, resource: str = GPU, **said: Any) -> Node:
    """`used` includes `own`: what the service's own pods hold."""
    told = Node(
        name=said.pop("name", "node1"),
        kubelet=(1, 36),
        runtime="containerd://2.3.7",
        labels={"kubernetes.io/os": "linux"} | said.pop("labels", {}),
        allocatable={resource: gpus} if gpus else {},
        used={resource: used} if used else {},
        services={"team-a/digits": {resource: own}} if own else {},
    )
    return replace(told, **said)


def cluster(*nodes: Node, **said: Any) -> ClusterView:
    return ClusterView((1, 36), nodes or (node(),), **said)


def wanting(gpus: int, replicas: Replicas | int = 1, **said: Any) -> ClusterService:
    resource = said.pop("resource", GPU)
    count = replicas if isinstance(replicas, Replicas) else Replicas(fixed=replicas)
    return service(resources=Resources(gpus=gpus, gpu_resource=resource), replicas=count, **said)


def chosen(made: ClusterService, *nodes: Node, asked: Strategy | None = None, most: int | None = None) -> Strategy:
    return choose(made, asked, cluster(*nodes), most).strategy


def test_without_gpus_a_new_pod_starts_beside_the_old_ones():
    choice = choose(service(), None, cluster(), None)
    assert choice.strategy is SURGE
    assert "no gap" in choice.reason


def test_one_gpu_is_recycled():
    choice = choose(wanting(1), None, cluster(node(1, used=1, own=1)), None)
    assert choice.strategy is RECYCLE
    assert "nothing serves for up to" in choice.reason


def test_the_second_update_goes_as_the_first_one():
    """Before the first, the GPU is free; before the second, the service itself holds it."""
    assert chosen(wanting(1), node(1)) is chosen(wanting(1), node(1, used=1, own=1)) is RECYCLE
    assert chosen(wanting(1), node(2)) is chosen(wanting(1), node(2, used=1, own=1)) is SURGE


def test_a_gpu_that_somebody_else_holds_is_not_spare():
    assert chosen(wanting(1), node(2, used=2, own=1)) is RECYCLE


def test_gpus_of_two_nodes_make_no_pod():
    apart = (node(3, used=2, own=2, name="a"), node(1, name="b"))
    assert chosen(wanting(2), *apart) is RECYCLE
    assert chosen(wanting(2), node(4, used=2, own=2)) is SURGE


def test_several_replicas_go_one_by_one():
    choice = choose(wanting(1, 3), None, cluster(node(3, used=3, own=3)), None)
    assert choice.strategy is RECYCLE
    assert "one of 3 replicas at a time" in choice.reason
    assert chosen(wanting(1, 3), node(4, used=3, own=3)) is SURGE


def test_an_autoscaled_service_may_have_grown_when_it_is_updated():
    grown = Replicas(fixed=None, minimum=1, maximum=4)
    assert chosen(wanting(1, grown), node(4)) is RECYCLE
    assert chosen(wanting(1, grown), node(5)) is SURGE


def test_a_candidate_has_gpus_too():
    assert chosen(wanting(1, candidate=release()), node(2)) is RECYCLE
    assert chosen(wanting(1, candidate=release()), node(3)) is SURGE


def test_slices_of_a_gpu_are_counted_by_their_own_name():
    assert chosen(wanting(1, resource=SLICE), node(7, resource=GPU)) is RECYCLE
    assert chosen(wanting(1, resource=SLICE), node(7, resource=SLICE)) is SURGE


@pytest.mark.parametrize(
    "closed",
    [
        {"schedulable": False},
        {"taints": ("team=other:NoSchedule",)},
        {"taints": ("node.kubernetes.io/unreachable:NoExecute",)},
        {"labels": {"agentpool": "system"}},
    ],
    ids=["cordoned", "tainted", "unreachable", "other pool"],
)
def test_a_node_that_the_service_may_not_use_is_no_room(closed: dict[str, Any]):
    made = wanting(1, node_selector={"agentpool": "gpu"})
    ours = node(1, labels={"agentpool": "gpu"})
    other = node(8, **{"name": "node2", "labels": {"agentpool": "gpu"}, **closed})
    assert chosen(made, ours, other) is RECYCLE


@pytest.mark.parametrize("taint", ["nvidia.com/gpu=present:NoSchedule", "sku=gpu:NoSchedule", "a=b:PreferNoSchedule"])
def test_gpu_nodes_are_the_services_own_in_spite_of_their_taints(taint: str):
    assert chosen(wanting(1), node(2, taints=(taint,))) is SURGE


def test_a_taint_that_the_caller_tolerates_keeps_nobody_away():
    made = wanting(1, tolerated_taints=("team=vision:NoSchedule",))
    assert chosen(made, node(2, taints=("team=vision:NoSchedule",))) is SURGE


def test_a_pool_that_can_grow_is_room():
    assert chosen(wanting(2), node(2, used=2, own=2), most=4) is SURGE
    assert chosen(wanting(2), node(2, used=2, own=2), most=3) is RECYCLE


def test_a_pool_whose_last_gpu_the_service_itself_holds_is_no_room():
    """Whether its node is there yet or not: the second update goes as the first one."""
    assert chosen(wanting(1), node(), most=1) is chosen(wanting(1), node(1, used=1, own=1), most=1) is RECYCLE
    assert chosen(wanting(1), node(), most=2) is chosen(wanting(1), node(1, used=1, own=1), most=2) is SURGE


def test_what_others_hold_on_nodes_that_are_there_does_not_come_again():
    others = node(4, used=4, name="node2")
    assert chosen(wanting(1), node(1, used=1, own=1), others, most=5) is RECYCLE
    assert chosen(wanting(1), node(1, used=1, own=1), others, most=6) is SURGE


def test_surge_that_would_wait_for_ever_is_refused_with_the_way_out():
    with pytest.raises(UserError, match=r"surge would wait for ever.*set it to recycle.*mostGpus"):
        chosen(wanting(1), node(1), asked=SURGE)


def test_surge_on_a_cluster_that_nobody_could_ask_is_the_callers_word():
    choice = choose(wanting(1), SURGE, None, None)
    assert choice.strategy is SURGE
    assert "the old pods go on serving" in choice.reason


def test_gpus_that_nobody_could_count_are_not_relied_upon():
    assert choose(wanting(1), None, None, None).strategy is RECYCLE
    assert choose(wanting(1), None, None, 1).strategy is RECYCLE
    assert choose(wanting(1), None, None, 2).strategy is SURGE


@pytest.mark.parametrize("asked", [RECYCLE, RECREATE])
def test_what_the_caller_asks_for_is_done_where_it_comes_to_an_end(asked: Strategy):
    choice = choose(wanting(1), asked, cluster(node(8)), None)
    assert choice.strategy is asked
    assert "as asked for" in choice.reason


def test_a_cluster_that_can_do_everything_has_no_problems():
    assert cluster_problems(wanting(1), cluster(node(1))) == []


@pytest.mark.parametrize(
    ("made", "view", "told"),
    [
        (service(), replace(cluster(), version=(1, 33)), "Kubernetes 1.34 or later (got 1.33)"),
        (service(), cluster(node(kubelet=(1, 34))), "set 'modelDelivery' to copy"),
        (service(), cluster(node(runtime="containerd://1.7.27")), "set 'modelDelivery' to copy"),
        (service(), cluster(node(runtime="docker://27.1")), "set 'modelDelivery' to copy"),
        (service(reach=Reach(Exposure.GATEWAY, gateway="g")), cluster(), "needs the Gateway API"),
        (
            service(reach=Reach(monitoring_namespace="monitoring")),
            cluster(namespaces=frozenset({"monitoring"})),
            "Prometheus operator's API",
        ),
        (service(owns_namespace=False), cluster(), "there is no team-a"),
        (service(node_selector={"agentpool": "gpu"}), cluster(), "agentpool=gpu"),
        (service(), cluster(node(taints=("team=other:NoSchedule",))), "team=other:NoSchedule"),
        (wanting(1), cluster(), "no node of the cluster has nvidia.com/gpu; add nodes with GPUs"),
        (wanting(1), cluster(node(7, resource=SLICE)), f"it has {SLICE}"),
        (wanting(4), cluster(node(2, name="a"), node(2, name="b")), "must be at most 2"),
        (wanting(1, 3), cluster(node(2)), "for 2 of its pods, beside what others have taken, and it has 3"),
        (wanting(1), cluster(node(1, used=1)), "for 0 of its pods"),
    ],
)
def test_what_the_cluster_cannot_do_is_told(made: ClusterService, view: ClusterView, told: str):
    (problem,) = cluster_problems(made, view)
    assert told in problem


def test_a_new_service_takes_over_no_namespace_that_is_there():
    there = cluster(namespaces=frozenset({"team-a"}))
    (problem,) = taken_problems(service(owns_namespace=True), there, deployed=False)
    assert "team-a is there already" in problem
    assert taken_problems(service(owns_namespace=True), cluster(), deployed=False) == []


def test_a_new_service_takes_over_no_deployment_that_is_there():
    made, there = service(owns_namespace=False), cluster(namespaces=frozenset({"team-a"}))
    (problem,) = taken_problems(made, there, deployed=True)
    assert f"a Deployment {made.name} already" in problem
    assert taken_problems(made, there, deployed=False) == []


def test_all_is_told_at_once():
    made = wanting(1, owns_namespace=False, reach=Reach(Exposure.GATEWAY, gateway="edge/public"))
    assert len(cluster_problems(made, cluster(node(kubelet=(1, 34))))) == 5


def test_copied_models_need_no_young_kubelet():
    made = service(delivery=Delivery.COPY)
    assert cluster_problems(made, cluster(node(kubelet=(1, 34), runtime="docker://27.1"))) == []


def test_a_node_that_is_away_for_a_while_does_not_keep_a_running_service_from_its_updates():
    away = node(1, used=1, own=1, schedulable=False, taints=("node.kubernetes.io/unreachable:NoExecute",))
    assert cluster_problems(wanting(1), cluster(away)) == []


def test_a_pool_without_nodes_yet_is_the_callers_word():
    assert cluster_problems(wanting(1), cluster(), 0) != []
    assert cluster_problems(wanting(1, node_selector={"agentpool": "gpu"}), cluster(), 1) == []


def test_more_pods_than_a_pool_can_grow_to_are_told():
    assert cluster_problems(wanting(1, 3), cluster(node(1)), 3) == []
    (problem,) = cluster_problems(wanting(1, 3), cluster(node(1)), 2)
    assert "for 1 of its pods and can get it for 1 more" in problem
