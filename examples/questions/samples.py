"""The requests that README.md sends: one held-out question, for the entry script and for Triton."""

import json
from pathlib import Path

from src.words import tensors


def write_samples(folder: Path, context: str, query: str) -> None:
    inputs = [
        {"name": name, "shape": list(words.shape), "datatype": "BYTES", "data": words.ravel().tolist()}
        for name, words in tensors(context, query).items()
    ]
    for name, request in {
        "question.json": {"context": context, "query": query},
        "request.json": {"inputs": inputs},
    }.items():
        (folder / name).write_text(json.dumps(request) + "\n", encoding="utf-8")
