"""The requests that README.md sends: one picture that the model never saw, for each way to call it."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BLOCK = 28  # so that 8 by 8 pixels become a picture that a person can look at


def write_samples(folder: Path, pixels: NDArray[np.float64]) -> None:
    """Writes one picture, [64] from 0 (paper) to 16 (ink), for score.py, for Triton and for score_without_triton.py."""
    grey = np.rint(255 - pixels.reshape(8, 8) * (255 / 16)).astype(np.uint8)
    Image.fromarray(grey.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)).save(folder / "seven.png")

    whole = [int(pixel) for pixel in pixels]
    tensor = {"name": "pixels", "shape": [1, 64], "datatype": "FP32", "data": whole}
    best = {"name": "probabilities", "parameters": {"classification": 3}}
    for name, request in {
        "request.json": {"inputs": [tensor], "outputs": [best]},
        "pixels.json": {"pixels": [whole]},
    }.items():
        (folder / name).write_text(json.dumps(request) + "\n", encoding="utf-8")
