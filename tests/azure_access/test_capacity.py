"""Whether there is room: from Azure's answers alone."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts.azure_manager import closed, usage
from triton_serving.azure_access.answers import HERE, Answers, quota_key, read_quotas, read_sizes
from triton_serving.azure_access.capacity import Pool, capacity_problems, needs

from .subscription import A100, FINE, PLAIN, SIZES, T4, USAGES, problems, wanted

NOT_SPOT = [{"name": "vCPUs", "value": "24"}, {"name": "LowPriorityCapable", "value": "False"}]


def changed(size_name: str, **more: Any) -> Answers:
    return replace(
        FINE, sizes=read_sizes([one | more if one["name"] == size_name else one for one in SIZES], "westeurope")
    )


def limited(name: str, used: int, limit: int) -> Answers:
    return replace(
        FINE,
        quotas=read_quotas([one for one in USAGES if one["name"]["value"] != name] + [usage(name, name, used, limit)]),
    )


@pytest.mark.parametrize(
    "pool",
    [
        Pool("a", A100, 3),
        Pool("a", A100.lower(), 3, ("1", "2", "3")),
        Pool("a", T4, 2, ("1",)),
        Pool("a", A100, 1, spot=True),
        Pool("a", A100, 0),
    ],
)
def test_what_fits_is_fine(pool: Pool) -> None:
    assert problems(pool, Pool("system", PLAIN, 3)) == ""


@pytest.mark.parametrize(
    ("pool", "answers", "told"),
    [
        (
            Pool("a", "Standard_NC24ads_A100_v5", 1),
            FINE,
            ["'vmSize' of pool 'a'", "did you mean Standard_NC24ads_A100_v4", "list-skus"],
        ),
        (
            Pool("a", A100, 1),
            changed(A100, restrictions=[closed()]),
            ["not open to this subscription", "NotAvailableForSubscription"],
        ),
        (Pool("a", A100, 1, ("4",)), FINE, ["'zones' of pool 'a'", "no zone '4'", "take of 1, 2, 3"]),
        (Pool("a", T4, 1, ("3",)), FINE, ["no zone '3'", "take of 1, 2,"]),
        (Pool("a", T4, 1, ("1",)), changed(T4, locationInfo=[]), ["no zone '1'", "leave 'zones' out"]),
        (
            Pool("a", A100, 1, ("1",)),
            changed(A100, restrictions=[closed(zones=["1"])]),
            ["zone '1'", "not open", "take of 2, 3"],
        ),
        (
            Pool("a", A100, 1, spot=True),
            changed(A100, capabilities=NOT_SPOT),
            ["'spot' of pool 'a' must be false"],
        ),
        (
            Pool("a", A100, 4),
            FINE,
            [
                "'nodes' of pool 'a' come to 96",
                "NCADS_A100_v4",
                "24 of 96",
                "24 are missing",
                "limit of 120",
                "QuotaExceeded",
            ],
        ),
        (Pool("a", A100, 2, spot=True), FINE, ["Spot vCPUs", "24 are missing"]),
        (Pool("a", A100, 1), limited("cores", 200, 200), ["'cores'", "24 are missing"]),
        (Pool("a", A100, 1), limited("standardNCADSA100v4Family", 0, 0), ["0 of 0", "24 are missing", "limit of 24"]),
        (Pool("a", A100, 1), limited("standardNCADSA100v4Family", 300, 96), ["24 are missing"]),
    ],
)
def test_what_does_not_fit_is_told_with_the_way_out(pool: Pool, answers: Answers, told: list[str]) -> None:
    said = problems(pool, answers=answers)
    assert [part for part in told if part not in said] == [], said
    assert said.count("\n") == 0, said


def test_pools_of_one_family_share_its_quota() -> None:
    said = problems(Pool("a", A100, 2), Pool("b", "Standard_NC48ads_A100_v4", 1))
    assert "'nodes' of pools 'a', 'b' come to 96 vCPUs" in said


def test_everything_that_is_wrong_is_told_at_once() -> None:
    answers = replace(
        changed(A100, restrictions=[closed()]),
        rights={HERE: ()},
        registered={"Microsoft.ContainerService": "NotRegistered"},
    )
    pools = (Pool("a", A100, 1), Pool("b", T4, 9, ("3",)), Pool("c", "Standard_X", 1))
    said = capacity_problems(answers, wanted(*pools, grants_roles=True))
    marks = [
        "pool 'a'",
        "'zones' of pool 'b'",
        "pool 'c'",
        "'nodes' of pool 'b'",
        "az provider register",
        "resourceGroups",
    ]
    marks += ["managedClusters/write", "roleAssignments/write"]
    assert [sum(mark in line for line in said) for mark in marks] == [1] * len(marks)
    assert len(said) == len(marks)


def test_an_unknown_region_is_told_as_such() -> None:
    said = problems(Pool("a", A100, 1), answers=replace(FINE, sizes={}))
    assert said.startswith("'location' must be a region")
    assert "\n" not in said


@pytest.mark.parametrize(
    "unlimited", [limited("standardNCADSA100v4Family", 10, -1), replace(FINE, quotas=None), replace(FINE, quotas={})]
)
def test_what_has_no_limit_or_is_not_known_stands_in_nobodys_way(unlimited: Answers) -> None:
    assert problems(Pool("a", A100, 1), answers=unlimited) == ""
    assert problems(Pool("a", A100, 1), answers=Answers()) == ""


def test_only_growth_needs_room() -> None:
    full = limited("standardNCADSA100v4Family", 96, 96)
    assert problems(Pool("a", A100, 4), answers=full, recorded=(Pool("a", A100, 4),)) == ""
    said = problems(Pool("a", A100, 5), answers=full, recorded=(Pool("a", A100, 4),))
    assert "24 are missing" in said


def test_recorded_nodes_that_are_not_there_give_no_room() -> None:
    said = problems(
        Pool("a", A100, 5), answers=limited("standardNCADSA100v4Family", 0, 96), recorded=(Pool("a", A100, 4),)
    )
    assert "24 are missing" in said


@given(used=st.integers(0, 300), limit=st.integers(0, 300), recorded=st.integers(0, 8), nodes=st.integers(0, 8))
def test_a_quota_is_refused_exactly_when_azure_would(used: int, limit: int, recorded: int, nodes: int) -> None:
    """Azure adds what is new to what is in use; here all that is recorded is in use, or as much as there is in use."""
    answers = limited("standardNCADSA100v4Family", used, limit)
    before = (Pool("a", A100, recorded),)
    said = problems(Pool("a", A100, nodes), answers=answers, recorded=before)
    own = min(24 * recorded, used)
    assert ("family" in said.lower()) == (24 * nodes > max(limit - used + own, 0))
    need = next(need for need in needs(answers, wanted(Pool("a", A100, nodes), recorded=before)))
    assert need.vcpus == 24 * nodes


def test_families_are_the_same_however_they_are_spelled() -> None:
    assert quota_key("standardNCASv3_T4Family") == quota_key("Standard NCASv3_T4 Family")
