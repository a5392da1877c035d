"""Entry script without Triton: loads the model itself, takes pixels as JSON and answers JSON.

{"pixels": [[64 numbers from 0 to 16], …]} -> {"digits": [7, …], "names": ["seven", …], "probabilities": [0.9978, …]}
"""

import json
import os
from pathlib import Path

import numpy as np
import onnxruntime


def init():
    global session, labels
    folder = Path(os.environ["AZUREML_MODEL_DIR"], "models/triton/digits")
    session = onnxruntime.InferenceSession(folder / "1/model.onnx", providers=["CPUExecutionProvider"])
    labels = (folder / "labels.txt").read_text().splitlines()


def run(raw_data):
    pixels = np.array(json.loads(raw_data)["pixels"], dtype=np.float32)
    (probabilities,) = session.run(["probabilities"], {"pixels": pixels})
    digits = probabilities.argmax(axis=1).tolist()
    return {
        "digits": digits,
        "names": [labels[digit] for digit in digits],
        "probabilities": [round(float(best), 4) for best in probabilities.max(axis=1)],
    }
