"""What NVIDIA's Triton images need of GPUs and drivers, and which of them have no known holes; as of 21 November 2026.

Sources: triton-inference-server/server (docs/introduction/compatibility.md: CUDA and the driver that it came with, up
to 26.08), NVIDIA's release notes of 25.01, 25.08, 26.07 and 26.09 (compute capability, CUDA), NVIDIA's table of drivers
and CUDA toolkits (which branch runs which CUDA without more), and its security bulletins up to 8 September 2026.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .azure_gpu_sizes import GpuSize, at_least
from .wording import dotted

Version = tuple[int, int]

SAFE_TRITON: Version = (26, 7)
"""The first release without the holes that NVIDIA's bulletins list up to September 2026."""
ADVISED_TRITON: Version = (26, 9)
"""26.06 to 26.08 end on a forged Inference-Header-Content-Length (server pull requests 8794 and 8925); the gateway
takes that header away, so they are safe behind it, and only there."""


@dataclass(frozen=True)
class Release:
    cuda: Version
    driver: int
    """The branch that came with this CUDA: with it or a later one, everything works."""
    capability: Version
    """The least compute capability that its libraries are built for."""


_PASCAL, _TURING = (6, 0), (7, 5)

RELEASES: Mapping[Version, Release] = {
    (24, 10): Release((12, 6), 560, _PASCAL),
    (24, 11): Release((12, 6), 560, _PASCAL),
    (24, 12): Release((12, 6), 560, _PASCAL),
    (25, 1): Release((12, 8), 570, _TURING),  # the first without Volta (V100) and older
    (25, 2): Release((12, 8), 570, _TURING),
    (25, 3): Release((12, 8), 570, _TURING),
    (25, 4): Release((12, 9), 575, _TURING),
    (25, 5): Release((12, 9), 575, _TURING),
    (25, 6): Release((12, 9), 575, _TURING),
    (25, 7): Release((12, 9), 575, _TURING),
    (25, 8): Release((13, 0), 580, _TURING),  # the first that needs branch 580 at all
    (25, 9): Release((13, 0), 580, _TURING),
    (25, 10): Release((13, 0), 580, _TURING),
    (25, 11): Release((13, 0), 580, _TURING),
    (25, 12): Release((13, 1), 590, _TURING),
    (26, 1): Release((13, 1), 590, _TURING),
    (26, 2): Release((13, 1), 590, _TURING),
    (26, 3): Release((13, 2), 595, _TURING),
    (26, 4): Release((13, 2), 595, _TURING),
    (26, 5): Release((13, 2), 595, _TURING),
    (26, 6): Release((13, 3), 610, _TURING),
    (26, 7): Release((13, 3), 610, _TURING),
    (26, 8): Release((13, 4), 615, _TURING),
    (26, 9): Release((13, 4), 615, _TURING),
}

OLDEST_DRIVER: Mapping[int, int] = {12: 525, 13: 580}
"""By the major version of CUDA: from this branch on, all its minor versions run (minor version compatibility). On a
whole data-centre GPU, cuda-compat in NVIDIA's image makes up for the rest; NVIDIA promises that for no virtual GPU."""

_BLACKWELL = (10, 0)
_FIRST_FOR_BLACKWELL: Version = (25, 1)
_TAG = re.compile(r"/tritonserver:(\d\d)\.(\d\d)-")


def release_of(image: str) -> Version | None:
    """Only a tag beside the digest tells the release, and only one of NVIDIA's form."""
    tag = _TAG.search(image)
    return (int(tag[1]), int(tag[2])) if tag else None


def shown_release(release: Version) -> str:
    return f"{release[0]}.{release[1]:02}"


def needs_of(release: Version) -> Release | None:
    """Of a release that came after this table, what the newest in it needs; of one before it, nothing is known."""
    if release > max(RELEASES):
        return RELEASES[max(RELEASES)]
    return RELEASES.get(release)


def mismatch(release: Version, size_name: str, size: GpuSize, driver: str = "aks") -> str | None:
    """Why a release cannot run on nodes of a size, and what to choose instead. `driver` is as in a pool: with `none`,
    somebody else's driver is there, about which nothing is known."""
    needs = needs_of(release)
    if needs is None:
        return None
    name, oldest = f"release {shown_release(release)}", OLDEST_DRIVER[needs.cuda[0]]
    instead = next(at_least(needs.capability, oldest))
    if size.capability < needs.capability:
        return (
            f"{name} needs GPUs of compute capability {dotted(needs.capability)}, and {size_name} has {size.gpu} of "
            f"{dotted(size.capability)}; take {instead}"
        )
    if size.capability >= _BLACKWELL and release < _FIRST_FOR_BLACKWELL:
        return f"{name} knows no Blackwell GPUs, as {size_name} has; take release {shown_release(ADVISED_TRITON)}"
    if driver == "aks" and size.driver < oldest:
        return (
            f"{name} needs NVIDIA's driver {oldest} for CUDA {dotted(needs.cuda)}, and on {size_name} AKS installs "
            f"GRID {size.driver}; take {instead}, or leave 'tritonImage' out if nvidia-smi on such a node shows "
            f"{oldest} or later"
        )
    return None
