"""Publishes a model directory and prints what was sent; a process of its own, to measure its memory.

python scripts/benchmarks/publish.py DIRECTORY REGISTRY
"""

import sys
from pathlib import Path

from triton_serving.models.check import check_directory
from triton_serving.models.publish import publish
from triton_serving.models.registry.open import open_registry
from triton_serving.models.snapshot import snapshot
from triton_serving.models.work import Work


def main(directory: str, registry: str) -> None:
    _, image = snapshot(check_directory(Path(directory)), Work())
    sent = publish(open_registry(registry), "models", image, "00000000", 0, Work())
    print(len(image.layers), sent.sent_layers, sent.sent_bytes)


if __name__ == "__main__":
    main(*sys.argv[1:])
