"""Trains the digits model and writes what Triton serves; README.md tells more.

python train.py           trains, writes models/triton/digits/1/model.onnx, picture.svg and the requests of README.md,
                          tells the accuracy
python train.py --check   measures the model that is there, changes nothing; fails when README.md claims more
"""

import argparse
import re
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
from drawing import draw
from numpy.typing import NDArray
from samples import write_samples
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

HERE = Path(__file__).parent
MODEL = HERE / "models/triton/digits/1/model.onnx"
README = HERE / "README.md"
PICTURE = HERE / "picture.svg"

SEED = 0
HELD_OUT = 450  # of 1797 pictures, each digit with the share that it has in the whole


class Pictures(NamedTuple):
    pixels: NDArray[np.float64]
    """[N, 64]: rows of 8 pixels, top left first; from 0 (paper) to 16 (ink)."""
    digits: NDArray[np.int64]
    """[N]: what each picture shows."""


def split() -> tuple[Pictures, Pictures]:
    """What the model learns from, and what it never sees before it is measured."""
    pixels, digits = load_digits(return_X_y=True)
    learn_x, held_x, learn_y, held_y = train_test_split(
        pixels, digits, test_size=HELD_OUT, stratify=digits, random_state=SEED
    )
    return Pictures(learn_x, learn_y), Pictures(held_x, held_y)


def train(pictures: Pictures) -> bytes:
    """The ONNX file of a model from pixels [N, 64] to probabilities [N, 10]."""
    # 128: five-fold cross-validation of the part to learn from gave 97.5 % for 64 units, 98.1 % for 128 and for 256.
    model = MLPClassifier(hidden_layer_sizes=(128,), alpha=0.1, max_iter=1000, random_state=SEED)
    with threadpool_limits(1):  # so that the number of cores does not decide in which order numbers are added
        model.fit(pictures.pixels / 16, pictures.digits)
    model.coefs_[0] /= 16  # clients send 0 to 16, as in the data set

    onnx = to_onnx(
        model,
        name="digits",
        initial_types=[("pixels", FloatTensorType([None, 64]))],
        final_types=[("digit", None), ("probabilities", None)],
        options={"zipmap": False},  # probabilities as a tensor: Triton cannot return a list of dictionaries
        target_opset=17,  # read by ONNX Runtime 1.12 (2022) and every later one
    )
    return bytes(onnx.SerializeToString())


def classify(model: Path, pictures: Pictures) -> NDArray[np.float32]:
    """Probabilities [N, 10] as ONNX Runtime computes them, the engine that Triton has inside."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(["probabilities"], {"pixels": pictures.pixels.astype(np.float32)})
    return np.asarray(probabilities)


def accuracy(model: Path) -> float:
    """The share of held-out pictures, in percent, whose most probable digit is the right one."""
    _, held_out = split()
    return 100 * float(np.mean(classify(model, held_out).argmax(axis=1) == held_out.digits))


def claimed_accuracy() -> float:
    """The percentage that README.md tells its readers."""
    claim = re.search(r"\*\*(\d+\.\d) %\*\*", README.read_text(encoding="utf-8"))
    if claim is None:
        sys.exit(f"{README.name} names no accuracy; write it as **98.0 %**")
    return float(claim[1])


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains the digits model, or checks the one that is there.")
    parser.add_argument("--check", action="store_true", help="measure the model that is there; change nothing")
    if not parser.parse_args().check:
        learn, held_out = split()
        MODEL.write_bytes(train(learn))
        PICTURE.write_text(draw(*held_out, classify(MODEL, held_out)), encoding="utf-8")
        write_samples(HERE, held_out.pixels[held_out.digits == 7][0])

    measured, claimed = accuracy(MODEL), claimed_accuracy()
    print(f"{measured:.1f} % of {HELD_OUT} held-out pictures are recognised; README.md says {claimed:.1f} %")
    if round(measured, 1) < claimed:
        sys.exit("the model is worse than README.md says: train it again, or correct README.md")


if __name__ == "__main__":
    main()
