"""The table of GPU sizes, and the names that it refuses."""

from datetime import date
from fractions import Fraction

import pytest
from triton_serving.rules.azure_gpu_sizes import (
    CUDA_DRIVER,
    GRID_DRIVER,
    REFUSED,
    SIZES,
    TABLE_DATE,
    at_least,
    has_accelerator,
    refused,
)
from triton_serving.rules.triton_releases import OLDEST_DRIVER, RELEASES, SAFE_TRITON


@pytest.mark.parametrize("name", SIZES)
def test_every_size_is_whole_and_refused_by_no_series(name):
    size = SIZES[name]
    assert name.startswith("Standard_N")
    assert size.gpus >= 1
    assert size.vcpus >= 4
    assert size.ephemeral_gb >= 128  # else the default disk would not fit
    assert "Family" in size.quota_family
    assert refused(name) is None
    assert (size.share == 1) or (size.gpus == 1 and size.virtual_gpu)
    assert not (size.mig and size.virtual_gpu)
    assert size.sliced_by_host == (size.gpu == "RTX PRO 6000")


@pytest.mark.parametrize("name", SIZES)
def test_the_processors_are_those_of_the_name(name):
    digits = "".join(name.removeprefix("Standard_").lstrip("NCDVG")).partition("_")[0]
    assert SIZES[name].vcpus == int("".join(character for character in digits if character.isdigit()))


@pytest.mark.parametrize("name", SIZES)
def test_every_size_can_run_a_triton_without_known_holes_unless_its_driver_is_too_old(name):
    needs = RELEASES[SAFE_TRITON]
    assert SIZES[name].capability >= needs.capability
    assert (SIZES[name].driver >= OLDEST_DRIVER[needs.cuda[0]]) == (SIZES[name].gpu != "A10")


def test_a_slice_of_a_gpu_is_its_part():
    slice_of_a10, whole = SIZES["Standard_NV6ads_A10_v5"], SIZES["Standard_NV36ads_A10_v5"]
    assert (slice_of_a10.share, whole.share) == (Fraction(1, 6), 1)
    assert whole.driver == GRID_DRIVER
    assert SIZES["Standard_NC24ads_A100_v4"].driver == CUDA_DRIVER


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Standard_NC6", "31 August 2023"),
        ("standard_nc24r", "31 August 2023"),
        ("Standard_NC6_Promo", "31 August 2023"),
        ("Standard_NC12s_v2", "31 August 2023"),
        ("Standard_NC6s_v3", "30 September 2025"),
        ("Standard_NC24rs_v3", "30 September 2025"),
        ("Standard_ND24rs", "31 August 2023"),
        ("Standard_ND40rs_v2", "7.0"),
        ("Standard_NV6", "6 September 2023"),
        ("Standard_NV12s_v3", "30 September 2026"),
        ("Standard_NV16as_v4", "AMD"),
        ("Standard_ND96isr_MI300X_v5", "AMD"),
        ("Standard_NV28adms_V710_v5", "AMD"),
        ("Standard_NG32ads_V620_v1", "AMD"),
        ("Standard_NP10s", "FPGA"),
        ("Standard_ND128isr_NDR_GB200_v6", "Arm"),
        ("Standard_ND128isr_GB300_v6", "Arm"),
        ("Standard_NCC40ads_H100_v5", "confidential"),
        ("Standard_NC128ds_xl_RTXPRO6000BSE_v6", "preview"),
    ],
)
def test_sizes_that_cannot_serve_are_refused_with_why_and_what_to_take(name, why):
    series = refused(name)
    assert series is not None
    assert why in series.why
    assert series.instead in SIZES


def test_nobody_is_sent_to_a_size_that_is_refused_itself():
    assert all(series.instead in SIZES for series in REFUSED)
    assert date.fromisoformat(TABLE_DATE) >= date(2026, 11, 21)


@pytest.mark.parametrize(
    ("name", "has"),
    [("Standard_NC4as_T4_v3", True), ("Standard_NX9_v9", True), ("Standard_D4ds_v5", False), ("Standard_NC6", True)],
)
def test_azure_names_sizes_with_accelerators_n(name, has):
    assert has_accelerator(name) is has


def test_the_smallest_fitting_size_comes_first():
    assert next(at_least((7, 5))) == "Standard_NC4as_T4_v3"
    assert next(at_least((8, 0), CUDA_DRIVER)) == "Standard_NC24ads_A100_v4"
