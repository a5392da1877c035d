"""The machine in a line: what speed depends on, and nothing that tells whose it is."""

import os
import platform
import re
from pathlib import Path


def describe() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kernel = re.match(r"[\d.]*\d", platform.release())
    return (
        f"{cores()} cores of {_processor()}, {memory:.0f} GiB of memory, "
        f"{platform.system()} {kernel[0] if kernel else ''}, Python {platform.python_version()}"
    )


def cores() -> int:
    """Those that this process may use, and so the programs that it starts."""
    return len(os.sched_getaffinity(0))


def busy(load: float) -> bool:
    """Whether others take so much that times would be theirs too."""
    return load > cores() * 0.75


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.machine()
