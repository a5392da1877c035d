"""Small ONNX models as files that Triton loads."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper


def save(folder: Path, name: str, nodes: list[Any], inputs: list[Any], outputs: list[Any], config: str = "") -> None:
    version = folder / name / "1"
    version.mkdir(parents=True)
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(*tensor) for tensor in inputs],
        [helper.make_tensor_value_info(*tensor) for tensor in outputs],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, version / "model.onnx")
    if config:
        (version.parent / "config.pbtxt").write_text(config)


def double(folder: Path, name: str, shape: Sequence[int | str], config: str = "") -> None:
    """y = x + x"""
    add, floats = helper.make_node("Add", ["x", "x"], ["y"]), TensorProto.FLOAT
    save(folder, name, [add], [("x", floats, shape)], [("y", floats, shape)], config)
