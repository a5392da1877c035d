"""Asks NVIDIA's driver for the GPUs it gives to CUDA programs, and prints its answer as JSON.

Run as a program of its own: a driver asked once goes on answering the same within one process, and may hang.
"""

import ctypes
import json
import sys
from typing import Any

_CAPABILITY = (75, 76)
"""CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, _MINOR."""


def ask(library: str) -> dict[str, Any]:
    """{} without a driver, {"error": …} where it gives no GPU, else its version and each GPU's compute capability."""
    try:
        cuda = ctypes.CDLL(library)
    except OSError:
        return {}
    version, count = ctypes.c_int(), ctypes.c_int()
    error = (
        cuda.cuInit(0) or cuda.cuDriverGetVersion(ctypes.byref(version)) or cuda.cuDeviceGetCount(ctypes.byref(count))
    )
    if error:
        return {"error": error}
    return {"version": version.value, "capabilities": [_capability(cuda, number) for number in range(count.value)]}


def _capability(cuda: ctypes.CDLL, number: int) -> list[int]:
    device, value = ctypes.c_int(), ctypes.c_int()
    cuda.cuDeviceGet(ctypes.byref(device), number)
    found = []
    for attribute in _CAPABILITY:
        cuda.cuDeviceGetAttribute(ctypes.byref(value), attribute, device)
        found.append(value.value)
    return found


if __name__ == "__main__":
    json.dump(ask(sys.argv[1]), sys.stdout)
