"""Amounts as the API server writes them itself: what it would rewrite, 1000m for 1, previews would show as changed."""

import math


def cores(number: float) -> str:
    thousandths = math.ceil(number * 1000)
    return f"{thousandths}m" if thousandths % 1000 else str(thousandths // 1000)


def mebibytes(number: int) -> str:
    for unit in ("Mi", "Gi", "Ti"):
        if number % 1024 or unit == "Ti":
            break
        number //= 1024
    return f"{number}{unit}"


def gigabytes(number: float) -> str:
    """1,024 megabytes of 1,024 kilobytes each, as everywhere in Kubernetes where memory is meant."""
    return mebibytes(math.ceil(number * 1024))
