"""Model directories of a wanted size, made of random bytes, which neither filesystem nor registry can make smaller."""

import os
import time
from pathlib import Path

MIB = 1 << 20

_CONFIG = """\
backend: "onnxruntime"
max_batch_size: 8
input { name: "features" data_type: TYPE_FP32 dims: 64 }
output { name: "probabilities" data_type: TYPE_FP32 dims: 10 }
instance_group { count: 1 kind: KIND_CPU }
"""


def weights(root: Path, models: int, mib_each: int) -> Path:
    """A few models of one large file each."""
    for number in range(models):
        with (_model(root, number) / "model.onnx").open("wb") as out:
            for _ in range(mib_each):
                out.write(os.urandom(MIB))
    return root


def many_files(root: Path, models: int, files_each: int) -> Path:
    """Models of many small files each, the configuration counted."""
    for number in range(models):
        version = _model(root, number)
        (version / "model.onnx").write_bytes(os.urandom(1000))
        for part in range(files_each - 2):
            (version / f"part{part}.bin").write_bytes(os.urandom(1000))
    return root


def let_rest() -> None:
    """Longer than a file must have been still before its digest is remembered: users do not deploy within seconds."""
    os.sync()
    time.sleep(3)


def _model(root: Path, number: int) -> Path:
    version = root / f"model{number:04}" / "1"
    version.mkdir(parents=True)
    (version.parent / "config.pbtxt").write_text(_CONFIG)
    return version
