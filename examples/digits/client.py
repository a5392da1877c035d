# /// script
# requires-python = ">=3.11"
# dependencies = ["tritonclient[http]==2.73.0"]
# ///
"""Asks a service in direct mode with Triton's own client: uv run examples/digits/client.py http://localhost:6789

Where the service wants a key, put it into the environment variable SERVICE_KEY.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput

REQUEST = Path(__file__).with_name("request.json")


def main(base: str) -> None:
    secure = base.startswith("https://")
    client = InferenceServerClient(base.removeprefix("https://").removeprefix("http://").rstrip("/"), ssl=secure)
    key = os.environ.get("SERVICE_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}

    metadata = client.get_model_metadata("digits", headers=headers)
    (pixels,), (probabilities,) = metadata["inputs"], metadata["outputs"]
    print(
        f"digits, versions {', '.join(metadata['versions'])}: {pixels['name']} {pixels['datatype']} {pixels['shape']}"
    )

    (seven,) = json.loads(REQUEST.read_text(encoding="utf-8"))["inputs"]
    picture = np.array(seven["data"], dtype=np.float32).reshape(seven["shape"])
    for binary in (True, False):
        tensor = InferInput(pixels["name"], list(picture.shape), pixels["datatype"])
        tensor.set_data_from_numpy(picture, binary_data=binary)
        best = InferRequestedOutput(probabilities["name"], binary_data=binary, class_count=3)
        # A copy: the client writes the length of binary tensors into what it is given.
        answer = client.infer("digits", [tensor], outputs=[best], headers=dict(headers))
        (classes,) = answer.as_numpy(probabilities["name"])
        print("binary:" if binary else "JSON:", *(one.decode() if binary else one for one in classes))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:6789")
