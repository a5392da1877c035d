"""Entry script: takes a picture of one digit, asks Triton what it shows, and answers in words: 7 : seven."""

import io
import os
from pathlib import Path

import numpy as np
import tritonhttpclient
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse
from PIL import Image

MODEL = "digits"


def init():
    global triton, labels
    triton = tritonhttpclient.InferenceServerClient("localhost:8000")
    folder = Path(os.environ["AZUREML_MODEL_DIR"], "models/triton", MODEL)
    labels = (folder / "labels.txt").read_text().splitlines()


def preprocess(image):
    """What the model reads, [1, 64]: 8 rows of 8 pixels from 0 (paper) to 16 (ink), out of dark ink on light paper."""
    # Each pixel is the mean of its part of the picture, as in the pictures that the model learnt from.
    grey = np.asarray(image.convert("L").resize((8, 8), Image.Resampling.BOX), dtype=np.float32)
    return 16 - grey.reshape(1, 64) * np.float32(16 / 255)


def postprocess(probabilities):
    digit = int(probabilities[0].argmax())
    return f"{digit} : {labels[digit]}"


@rawhttp
def run(request: AMLRequest):
    if request.method != "POST":
        return AMLResponse("bad request", 500)
    try:
        pixels = preprocess(Image.open(io.BytesIO(request.get_data())))
    except OSError:  # what Pillow raises for whatever is not a picture, or only a part of one
        return AMLResponse("the body is not a whole picture", 400)

    tensor = tritonhttpclient.InferInput("pixels", list(pixels.shape), "FP32")
    tensor.set_data_from_numpy(pixels)
    answer = triton.infer(MODEL, [tensor])
    return AMLResponse(postprocess(answer.as_numpy("probabilities")), 200)
