"""How long things may take in a pod."""

from parts.cluster_services import release
from triton_serving.plan.kubernetes.times import times
from triton_serving.plan.limits import DIRECT_SECONDS
from triton_serving.plan.service import Mode, Script, ServicePlan

DIRECT = release().plan


def scoring(milliseconds: int) -> ServicePlan:
    return ServicePlan("digits", Mode.SCORING, script=Script("score.py", scoring_timeout_ms=milliseconds))


def test_a_larger_model_has_longer_to_load_and_to_arrive():
    small, large = times(DIRECT, 10**6), times(DIRECT, 10**11)
    assert large.startup > small.startup
    assert large.progress - large.startup > small.progress - small.startup


def test_what_the_caller_says_stays_as_it_is():
    said = times(DIRECT, 10**11, startup=30, period=7, timeout=5, failures=4)
    assert (said.startup, said.probe_period, said.probe_timeout, said.probe_failures) == (30, 7, 5, 4)


def test_a_request_that_the_gateway_waits_for_is_answered_before_the_pod_ends():
    assert times(DIRECT, 0).drain >= DIRECT_SECONDS
    assert times(scoring(90_000), 0).drain > 90


def test_behind_triton_an_entry_script_starts_too():
    both, alone = times(scoring(1000), 0, startup=100), times(DIRECT, 0, startup=100)
    assert both.progress - both.drain == alone.progress - alone.drain + 100
