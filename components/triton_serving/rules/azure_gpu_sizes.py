"""Azure's sizes with NVIDIA GPUs that can be nodes of AKS, as of 21 November 2026. `gpu_pools` judges by them.

Sources, all public: Azure's size pages (MicrosoftDocs/azure-compute-docs, sizes/gpu-accelerated/, and sizes/lifecycle/
retirements-and-capacity-restrictions.md of 24 September 2026) for processors, disks, GPUs and retirement;
Azure/karpenter-provider-azure of 21 August 2026 (known_skus.yaml, supported-gpus.yaml, gpu.go and its copy of the
resource SKUs) for quota families, and for the sizes on which AKS installs a driver, and which;
MicrosoftDocs/azure-aks-docs (gpu-multi-instance.md of 22 May 2026) for MIG; Azure/AKS issues 2635, 5860 and 5869 and
Azure/aks-gpu pull requests 179 and 190 for what really happens on nodes. Compute capabilities are NVIDIA's. A figure
that no source gives for a large size is that of its smaller sibling, which is never too high.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

TABLE_DATE = "2026-11-21"

CUDA_DRIVER = 580
"""NVIDIA's long-term branch (until June 2028), which AKS builds into its GPU node images: aks-gpu-cuda-lts."""
GRID_DRIVER = 570
"""For slices of A10. Branch 580 has been prepared (Azure/aks-gpu), and is not known to be on nodes yet."""
GRID_DRIVER_OF_BLACKWELL = 595


@dataclass(frozen=True)
class GpuSize:
    gpu: str
    gpus: int
    """How many a node offers to Kubernetes; a slice counts as one."""
    capability: tuple[int, int]
    """CUDA compute capability."""
    vcpus: int
    """What counts against the quota."""
    quota_family: str
    """As Azure's usage API names it; its upper and lower case differ from API to API, so compare without."""
    ephemeral_gb: int
    """The largest operating-system disk on the node itself. Where a size has a cache, AKS puts the disk there and no
    larger: NC4as_T4_v3 has 176 GiB of its own and refuses more than 144 (Azure/AKS issue 2635). Caches are known of T4
    and of NC with A100; of the others this is the documented local disk, and AKS may take less of it."""
    mig: bool = False
    """Whether AKS can slice its GPUs."""
    driver: int = CUDA_DRIVER
    """The branch that AKS installs."""
    share: Fraction = Fraction(1)
    """Of a physical GPU; less than 1 for a slice that Azure cuts."""

    @property
    def virtual_gpu(self) -> bool:
        """Azure shows even a whole one through a licensed GRID driver of its own; NVIDIA's operator has none."""
        return self.driver != CUDA_DRIVER

    @property
    def sliced_by_host(self) -> bool:
        """MIG is on in Azure's host, even for a whole GPU: CUDA finds it by a slice's name only, which NVIDIA's device
        plugin gives with MIG_STRATEGY=single."""
        return self.driver == GRID_DRIVER_OF_BLACKWELL


def _t4(vcpus: int, gpus: int = 1) -> GpuSize:
    return GpuSize("T4", gpus, (7, 5), vcpus, "Standard NCASv3_T4 Family", 144)


def _a10(vcpus: int, disk: int, slices: int = 1, gpus: int = 1) -> GpuSize:
    share = Fraction(1, slices)
    family = "StandardNVADSA10v5Family"
    return GpuSize("A10", gpus, (8, 6), vcpus, family, disk, False, GRID_DRIVER, share)


def _a100(vcpus: int, gpus: int) -> GpuSize:
    return GpuSize("A100", gpus, (8, 0), vcpus, "StandardNCADSA100v4Family", 256, mig=True)


def _h100(vcpus: int, gpus: int, disk: int) -> GpuSize:
    return GpuSize("H100", gpus, (9, 0), vcpus, "StandardNCadsH100v5Family", disk, mig=True)


def _rtx(vcpus: int, disk: int, slices: int = 1, gpus: int = 1) -> GpuSize:
    family, share = "StandardNCdsRTXPRO6000BSEv6XLFamily", Fraction(1, slices)
    return GpuSize("RTX PRO 6000", gpus, (12, 0), vcpus, family, disk, False, GRID_DRIVER_OF_BLACKWELL, share)


SIZES: Mapping[str, GpuSize] = {
    "Standard_NC4as_T4_v3": _t4(4),
    "Standard_NC8as_T4_v3": _t4(8),
    "Standard_NC16as_T4_v3": _t4(16),
    "Standard_NC64as_T4_v3": _t4(64, gpus=4),
    "Standard_NV6ads_A10_v5": _a10(6, 180, slices=6),
    "Standard_NV12ads_A10_v5": _a10(12, 360, slices=3),
    "Standard_NV18ads_A10_v5": _a10(18, 720, slices=2),
    "Standard_NV36ads_A10_v5": _a10(36, 1440),
    "Standard_NV36adms_A10_v5": _a10(36, 2880),
    "Standard_NV72ads_A10_v5": _a10(72, 2880, gpus=2),
    "Standard_NC24ads_A100_v4": _a100(24, 1),
    "Standard_NC48ads_A100_v4": _a100(48, 2),
    "Standard_NC96ads_A100_v4": _a100(96, 4),
    "Standard_ND96asr_v4": GpuSize("A100", 8, (8, 0), 96, "Standard NDASv4_A100 Family", 6000, mig=True),
    "Standard_ND96amsr_A100_v4": GpuSize("A100", 8, (8, 0), 96, "standard NDAMSv4_A100Family", 6400, mig=True),
    "Standard_NC40ads_H100_v5": _h100(40, 1, 3576),
    "Standard_NC80adis_H100_v5": _h100(80, 2, 7152),
    "Standard_ND96isr_H100_v5": GpuSize("H100", 8, (9, 0), 96, "standardNDSH100v5Family", 1024, mig=True),
    "Standard_ND96isr_H200_v5": GpuSize("H200", 8, (9, 0), 96, "standardNDISRH200V5Family", 1024, mig=True),
    "Standard_NC24lds_xl_RTXPRO6000BSE_v6": _rtx(24, 256, slices=4),
    "Standard_NC36ds_xl_RTXPRO6000BSE_v6": _rtx(36, 256, slices=4),
    "Standard_NC36lds_xl_RTXPRO6000BSE_v6": _rtx(36, 256, slices=4),
    "Standard_NC72ds_xl_RTXPRO6000BSE_v6": _rtx(72, 512, slices=2),
    "Standard_NC72lds_xl_RTXPRO6000BSE_v6": _rtx(72, 512, slices=2),
    "Standard_NC144ds_xl_RTXPRO6000BSE_v6": _rtx(144, 1024),
    "Standard_NC144lds_xl_RTXPRO6000BSE_v6": _rtx(144, 1024),
    "Standard_NC288ds_xl_RTXPRO6000BSE_v6": _rtx(288, 2048, gpus=2),
    "Standard_NC288lds_xl_RTXPRO6000BSE_v6": _rtx(288, 2048, gpus=2),
}
"""By the name as Azure spells it. 'NC' with one or two GPUs is what most services need; 'ND' comes by eight."""

SMALLEST = "Standard_NC4as_T4_v3"
_A100 = "Standard_NC24ads_A100_v4"


@dataclass(frozen=True)
class Refused:
    """A series of sizes with an accelerator that cannot serve here."""

    names: re.Pattern[str]
    why: str
    instead: str
    """A size of the table."""


def _refused(names: str, why: str, instead: str) -> Refused:
    return Refused(re.compile(f"standard_{names}"), why, instead)


REFUSED: tuple[Refused, ...] = (
    _refused(r"nc(6|12|24|24r)(_promo)?", "was retired on 31 August 2023 (NC, Tesla K80)", SMALLEST),
    _refused(r"nc(6|12|24|24r)s_v2", "was retired on 31 August 2023 (NCv2, Tesla P100)", _A100),
    _refused(r"nc(6|12|24|24r)s_v3", "was retired on 30 September 2025 (NCv3, Tesla V100)", _A100),
    _refused(r"nd(6|12|24|24r)s", "was retired on 31 August 2023 (ND, Tesla P40)", SMALLEST),
    _refused(
        r"nd40r?s_v[23]",
        "has Tesla V100 (NDv2) of compute capability 7.0, and every Triton since 25.01 needs 7.5",
        "Standard_ND96asr_v4",
    ),
    _refused(r"nv(6|12|24|24r)(_promo)?", "was retired on 6 September 2023 (NV, Tesla M60)", SMALLEST),
    _refused(r"nv(6|12|24)s_v2", "is no longer offered (NVv2, Tesla M60)", SMALLEST),
    _refused(r"nv(12|24|48)s_v3", "was retired on 30 September 2026 (NVv3, Tesla M60)", SMALLEST),
    _refused(r"nv(4|8|16|32)as_v4", "has AMD's MI25, no NVIDIA GPU, and was retired on 30 September 2026", SMALLEST),
    _refused(r"nd96isr?f?_mi300x_v5", "has AMD's MI300X, and Triton's image is for NVIDIA", "Standard_ND96isr_H200_v5"),
    _refused(r"nv\d+adm?s_v710_v5", "has AMD's V710, and Triton's image is for NVIDIA", SMALLEST),
    _refused(r"ng\d+adm?s_v620(_v1)?", "has AMD's V620, and Triton's image is for NVIDIA", SMALLEST),
    _refused(r"np(10|20|40)s", "has FPGAs, no GPU (NP, to be retired on 31 May 2027)", SMALLEST),
    _refused(
        r"nd128isr_(ndr_)?gb[23]00_v6",
        "has Arm processors (Grace), and the images that are built here are for x86-64",
        "Standard_ND96isr_H200_v5",
    ),
    _refused(r"ncc40ads_h100_v5", "is confidential, and AKS installs no GPU driver there", "Standard_NC40ads_H100_v5"),
    _refused(
        r"nc(128|256|320)l?ds_xl_rtxpro6000bse_v6",
        "was a preview that Azure does not start any more",
        "Standard_NC144ds_xl_RTXPRO6000BSE_v6",
    ),
)
"""Names in lower case. GB200 and GB300 are left out of `SIZES` on purpose: what runs there is not built here."""

_WITH_ACCELERATOR = re.compile(r"standard_n[a-z]{1,2}\d", re.IGNORECASE)


def refused(name: str) -> Refused | None:
    return next((series for series in REFUSED if series.names.fullmatch(name.casefold())), None)


def has_accelerator(name: str) -> bool:
    """Azure names all of them N, whether this table knows the size or not."""
    return name in SIZES or refused(name) is not None or _WITH_ACCELERATOR.match(name) is not None


def at_least(capability: tuple[int, int], driver: int = 0) -> Iterator[str]:
    """Sizes that are new enough for something, from the one with the least to that with the most processors."""
    fit = [
        (size.vcpus, name) for name, size in SIZES.items() if size.capability >= capability and size.driver >= driver
    ]
    return (name for _, name in sorted(fit))
