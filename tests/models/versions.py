"""Versions of a small model, as stacks publish them."""

from collections.abc import Callable
from pathlib import Path

from triton_serving.models.digest_cache import DigestCache
from triton_serving.models.digests import fingerprints
from triton_serving.models.image import Image, build_image
from triton_serving.models.image_config import MODELS_LABEL
from triton_serving.models.publish import publish
from triton_serving.models.registry import Registry
from triton_serving.models.tree import read_tree
from triton_serving.models.work import Work

A, B, C = "aaaaaaaa", "bbbbbbbb", "cccccccc"
Make = Callable[..., Image]
"""`make_image` in the folder of a test."""


def make_image(folder: Path, says: str, extra: int = 0) -> Image:
    """Of a model whose weights say so; `extra` are more bytes of weights."""
    root = folder / f"made-{says}-{extra}" / "models"
    weights = root / "digits" / "1" / "model.onnx"
    weights.parent.mkdir(parents=True, exist_ok=True)
    (root / "digits" / "config.pbtxt").write_text('backend: "onnxruntime"\n')
    weights.write_bytes(says.encode() + b"\0" * extra)
    tree, problems = read_tree(root)
    assert not problems
    with DigestCache(tree.root, Work()) as cache:
        return build_image(tree, fingerprints(tree, cache, Work()), {MODELS_LABEL: '{"digits": [1]}'}, cache, Work())


def put(home: Registry, image: Image, owner: str = A, floor: int = 0, work: Work | None = None) -> int:
    return publish(home, "digits", image, owner, floor, work or Work()).version
