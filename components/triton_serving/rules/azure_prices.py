"""What nodes cost by Azure's list, and the sentence about it in previews.

Source: Azure's retail price API as copied on 18 June 2026 into Azure/karpenter-provider-azure
(pkg/providers/pricing/zz_generated.pricing.go). Linux, pay as you go, US dollars an hour, East US 2; ND96asr_v4, which
is not there, in East US, where the others cost the same. Elsewhere they differ: West Europe asks about 30 % more.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from .azure_gpu_sizes import SIZES
from .gpu_pools import node_range

PRICES_DATE = "2026-06-18"
PRICES_REGION = "East US 2"
HOURS_OF_A_MONTH = 730  # as Azure's own calculator counts

PRICES: Mapping[str, float] = {
    "Standard_NC4as_T4_v3": 0.526,
    "Standard_NC8as_T4_v3": 0.752,
    "Standard_NC16as_T4_v3": 1.204,
    "Standard_NC64as_T4_v3": 4.352,
    "Standard_NV6ads_A10_v5": 0.454,
    "Standard_NV12ads_A10_v5": 0.908,
    "Standard_NV18ads_A10_v5": 1.6,
    "Standard_NV36ads_A10_v5": 3.2,
    "Standard_NV36adms_A10_v5": 4.52,
    "Standard_NV72ads_A10_v5": 6.52,
    "Standard_NC24ads_A100_v4": 3.673,
    "Standard_NC48ads_A100_v4": 7.346,
    "Standard_NC96ads_A100_v4": 14.692,
    "Standard_ND96asr_v4": 27.197,
    "Standard_ND96amsr_A100_v4": 32.77,
    "Standard_NC40ads_H100_v5": 6.98,
    "Standard_NC80adis_H100_v5": 13.96,
    "Standard_ND96isr_H100_v5": 98.32,
    "Standard_ND96isr_H200_v5": 84.8,
    "Standard_NC24lds_xl_RTXPRO6000BSE_v6": 1.13,
    "Standard_NC36ds_xl_RTXPRO6000BSE_v6": 1.442,
    "Standard_NC36lds_xl_RTXPRO6000BSE_v6": 1.243,
    "Standard_NC72ds_xl_RTXPRO6000BSE_v6": 2.83,
    "Standard_NC72lds_xl_RTXPRO6000BSE_v6": 2.44,
    "Standard_NC144ds_xl_RTXPRO6000BSE_v6": 5.5,
    "Standard_NC144lds_xl_RTXPRO6000BSE_v6": 5.5,
    "Standard_NC288ds_xl_RTXPRO6000BSE_v6": 11.0,
    "Standard_NC288lds_xl_RTXPRO6000BSE_v6": 11.0,
    "Standard_D2ds_v5": 0.113,
    "Standard_D4ds_v5": 0.226,
    "Standard_D8ds_v5": 0.452,
    "Standard_D16ds_v5": 0.904,
    "Standard_D2s_v5": 0.096,
    "Standard_D4s_v5": 0.192,
    "Standard_D8s_v5": 0.384,
    "Standard_D4as_v5": 0.172,
    "Standard_D2ds_v6": 0.125,
    "Standard_D4ds_v6": 0.249,
    "Standard_E4ds_v5": 0.288,
}
"""A size that is missing has no price here, and the sentence says so."""


def cost_line(
    pools: Sequence[Mapping[str, Any]],
    system: tuple[str, int] | None = None,
    prices: Mapping[str, float] | None = None,
) -> str:
    """GPU-hours and dollars at the fewest and at the most nodes, of pools that were found good. `system` is the size
    and number of the system nodes, none for an adopted cluster; `prices` are the user's own, and come first."""
    own = prices or {}
    nodes = [(pool["vmSize"], *node_range(pool)) for pool in pools]
    parts = [*nodes, *([(system[0], system[1], system[1])] if system else [])]
    known = {**PRICES, **own}
    least = sum(known.get(size, 0) * fewest for size, fewest, _ in parts)
    most = sum(known.get(size, 0) * largest for size, _, largest in parts)
    fewest_gpus = sum((_gpus(size) * fewest for size, fewest, _ in nodes), Fraction())
    most_gpus = sum((_gpus(size) * largest for size, _, largest in nodes), Fraction())
    month = HOURS_OF_A_MONTH
    return "; ".join(
        [
            f"{_range(_number(fewest_gpus), _number(most_gpus))} GPU-hours and "
            f"{_range(_dollars(least), _dollars(most))} an hour, "
            f"{_range(_dollars(least * month), _dollars(most * month))} a month of {month} hours "
            f"({', '.join(_counted(*part, known) for part in parts) or 'no nodes'})",
            *_caveats({size for size, _, _ in parts}, known, own, any(pool.get("spot") for pool in pools)),
        ]
    )


def _caveats(sizes: set[str], known: Mapping[str, float], own: Mapping[str, float], spot: bool) -> Iterator[str]:
    unknown = sorted(sizes - known.keys())
    if unknown:
        yield f"without {', '.join(unknown)}, whose price is not known here: say it in 'prices'"
    if sizes & known.keys() - own.keys():
        yield f"list prices of {PRICES_REGION} on {PRICES_DATE}, no promise: yours go into 'prices'"
    if spot:
        yield "spot nodes counted at the full price, since their discount changes by the hour"
    yield "disks, network and the control plane come on top"


def _gpus(size: str) -> Fraction:
    known = SIZES.get(size)
    return known.gpus * known.share if known else Fraction()


def _counted(size: str, fewest: int, most: int, known: Mapping[str, float]) -> str:
    price = f" at ${known[size]:g}" if size in known else ""
    return f"{_range(str(fewest), str(most))} of {size}{price}"


def _range(least: str, most: str) -> str:
    return least if least == most else f"{least} to {most}"


def _dollars(amount: float) -> str:
    return f"${amount:,.2f}"


def _number(value: Fraction) -> str:
    return f"{float(value):.3g}" if value.denominator > 1 else str(value.numerator)
