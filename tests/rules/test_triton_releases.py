"""Which Triton runs where."""

import pytest
from triton_serving.rules.azure_gpu_sizes import SIZES, GpuSize
from triton_serving.rules.triton_releases import (
    ADVISED_TRITON,
    OLDEST_DRIVER,
    RELEASES,
    SAFE_TRITON,
    mismatch,
    needs_of,
    release_of,
    shown_release,
)

V100 = GpuSize("V100", 1, (7, 0), 6, "standardNCSv3Family", 320)


def test_the_table_has_every_month_and_never_asks_for_less_than_before():
    releases = sorted(RELEASES)
    assert releases[0] == (24, 10)
    assert releases[-1] == (26, 9)
    assert len(releases) == 24
    needs = [RELEASES[release] for release in releases]
    assert needs == sorted(needs, key=lambda need: (need.cuda, need.driver, need.capability))
    assert all(need.driver >= OLDEST_DRIVER[need.cuda[0]] for need in needs)


def test_the_advised_release_has_no_known_holes():
    assert RELEASES.keys() >= {SAFE_TRITON, ADVISED_TRITON}
    assert ADVISED_TRITON >= SAFE_TRITON


@pytest.mark.parametrize(
    ("image", "release"),
    [
        ("nvcr.io/nvidia/tritonserver:26.07-py3@sha256:0", (26, 7)),
        ("team.azurecr.io/mirror/tritonserver:24.10-py3-min", (24, 10)),
        ("nvcr.io/nvidia/tritonserver@sha256:0", None),
        ("team.azurecr.io/triton:1.2", None),
        ("", None),
    ],
)
def test_a_release_is_read_from_nvidias_tag_only(image, release):
    assert release_of(image) == release


def test_a_release_after_the_table_is_judged_as_its_newest_and_one_before_not_at_all():
    assert needs_of((27, 1)) == RELEASES[(26, 9)]
    assert needs_of((23, 1)) is None
    assert mismatch((23, 1), "Standard_NC6s_v3", V100) is None


@pytest.mark.parametrize(
    ("release", "size", "driver", "told"),
    [
        ((26, 9), "Standard_NC4as_T4_v3", "aks", None),
        ((26, 7), "Standard_NC24ads_A100_v4", "aks", None),
        ((24, 10), "Standard_ND96isr_H200_v5", "aks", None),
        ((25, 7), "Standard_NV36ads_A10_v5", "aks", None),
        ((25, 8), "Standard_NV36ads_A10_v5", "aks", "driver 580"),
        ((26, 9), "Standard_NV6ads_A10_v5", "none", None),
        ((24, 12), "Standard_NC144ds_xl_RTXPRO6000BSE_v6", "aks", "Blackwell"),
        ((26, 9), "Standard_NC144ds_xl_RTXPRO6000BSE_v6", "aks", None),
    ],
)
def test_a_release_that_cannot_run_is_told_with_what_to_take(release, size, driver, told):
    problem = mismatch(release, size, SIZES[size], driver)
    assert (problem is None) if told is None else (told in problem and "; take " in problem)


def test_a_gpu_that_is_too_old_is_told_whatever_its_driver():
    for driver in ("aks", "none"):
        problem = mismatch((26, 9), "Standard_NC6s_v3", V100, driver)
        assert "compute capability 7.5" in problem
        assert "V100 of 7.0; take Standard_NC4as_T4_v3" in problem
    assert mismatch((24, 12), "Standard_NC6s_v3", V100) is None
    assert shown_release((26, 7)) == "26.07"
