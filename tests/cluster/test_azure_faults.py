"""Azure refuses, or somebody gives up half-way: the next update goes on, and comes to what a good one would have made.

GpuCluster and a model in its registry, by the settings of stacks/Pulumi.dev.yaml; without a service, so that a run
takes seconds.
"""

import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from parts.azure_stacks import Azure, ModelsOnAzure, azure_in
from parts.cluster import SharedCluster
from triton_serving.rules.azure_errors import ADVICE

REFUSALS = ("QuotaExceeded", "RequestDisallowedByPolicy", "AuthorizationFailed", "ExpiredAuthenticationToken")
PASSING = ("TooManyRequests", "ServiceUnavailable")
ALL_ATTEMPTS = 4
"""The stand-in, as the real client, tries so often what may pass by itself."""
API = "apiserver"
WITH_MACHINES = ("ManagedCluster", "AgentPool")


@dataclass(frozen=True)
class Good:
    """What an update comes to when nothing goes wrong."""

    created: list[tuple[str, str]]
    """Kind and id, in the order in which they were asked for."""
    asked: set[str]
    resources: set[str]
    kept: dict[str, list[str]]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, cluster: SharedCluster) -> Good:
    """Ends with a cluster that somebody removed, and that does not answer: what was in it is not asked for."""
    folder = tmp_path_factory.mktemp("good")
    with azure_in(folder / "azure", cluster) as azure:
        stack = ModelsOnAzure(folder, "dev", azure).make()
        stack.up().fine()
        calls = azure.made.calls()
        made = Good(
            [(one["kind"], one["identity"]) for one in calls if one["operation"] == "create"],
            {one["kind"] for one in calls if one["operation"] == "invoke"},
            set(azure.made.resources()),
            stack.kept(),
        )
        [gone] = [one for one in made.resources if one.lower().endswith("/managedclusters/triton-dev")]
        azure.made.vanish(gone)
        cluster.stop(API)
        try:
            stack.destroy().fine()
        finally:
            cluster.start(API)
            cluster.eventually(lambda: cluster.answers("get", "--raw=/readyz"), "the API server does not come back")
        assert azure.made.resources() == {}
        assert stack.kept() == {}
    return made


@pytest.fixture
def azure(tmp_path: Path, cluster: SharedCluster) -> Iterator[Azure]:
    with azure_in(tmp_path / "azure", cluster) as made:
        yield made
        made.made.forgive()
        for group in [one for one in made.made.resources() if one.count("/") == 4]:
            made.made.vanish(group)  # which empties the cluster


@pytest.fixture
def stack(tmp_path: Path, azure: Azure) -> ModelsOnAzure:
    return ModelsOnAzure(tmp_path, "dev", azure).make()


def is_good(stack: ModelsOnAzure, azure: Azure, good: Good) -> None:
    """Nothing is missing, nothing twice, nothing that nobody knows of."""
    assert set(azure.made.resources()) == good.resources
    assert {kind: sorted(names) for kind, names in stack.kept().items()} == {
        kind: sorted(names) for kind, names in good.kept.items()
    }
    states = [body.get("provisioningState", "Succeeded") for body in azure.made.resources().values()]
    assert set(states) == {"Succeeded"}
    assert stack.locks == []
    stack.up("--expect-no-changes").fine()


def test_every_call_of_azure_fails_once_and_each_update_goes_on_where_the_last_one_ended(stack, azure, good):
    codes = {}
    for place, (kind, identity) in enumerate(good.created):
        refusals = REFUSALS + PASSING
        code = codes[identity] = "AllocationFailed" if kind in WITH_MACHINES else refusals[place % len(refusals)]
        azure.made.fail(code, identity=identity, operation="create", times=ALL_ATTEMPTS if code in PASSING else 1)
    for kind in good.asked:
        azure.made.fail("AuthorizationFailed", operation="invoke", kind=kind)
    failed: list[str] = []
    while (outcome := stack.up()).code:
        failed.append(outcome.text)
        assert len(failed) <= len(codes) + len(good.asked), outcome.text
        assert any(f'Code="{code}"' in outcome.text for code in (*codes.values(), "AuthorizationFailed")), outcome.text
        if "Azure does not answer" in outcome.text:
            assert ADVICE["AuthorizationFailed"] in outcome.text
    refused = {one["identity"] for one in azure.made.calls() if one["operation"] == "create" and one["status"] != 200}
    assert refused == set(codes)
    assert sum("Azure does not answer" in text for text in failed) >= 1
    is_good(stack, azure, good)


@pytest.mark.parametrize("kind", WITH_MACHINES)
def test_one_update_is_enough_after_a_fault(stack, azure, good, kind):
    """Azure has begun, and found no machines. What passes by itself, before, is not even told."""
    azure.made.fail("TooManyRequests", operation="create", kind="Registry", times=2)
    azure.made.fail("AllocationFailed", operation="create", kind=kind)
    told = stack.up().refused('Code="AllocationFailed"').text
    assert "TooManyRequests" not in told
    stack.up().fine()
    is_good(stack, azure, good)


def test_whoever_gives_up_at_any_time_loses_nothing(stack, azure, good):
    chance = random.Random(6)  # noqa: S311 - the same times in every run
    for number in range(10):
        for kind in {kind for kind, _ in good.created}:
            azure.made.delay(0.3, kind=kind)
        operation = "destroy" if number % 3 == 2 else "up"
        since, after = azure.made.calls_made, chance.randrange(1, 14)
        running = stack.start(operation, "--yes", "--skip-preview")
        while running.process.poll() is None and azure.made.calls_made < since + after:
            time.sleep(0.02)
        with suppress(ProcessLookupError):  # it may be done already
            running.press_ctrl_c()
        ended = running.outcome()
        azure.made.forgive()
        if ended.code == -signal.SIGINT:  # Pulumi was through: it listens no more then, and may not have unlocked yet
            stack.pulumi("cancel", "--yes").fine()
        assert stack.locks == []
    stack.refresh().fine()
    stack.up().fine()
    is_good(stack, azure, good)
