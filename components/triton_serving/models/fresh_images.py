"""Configs of images that this process has put together and nobody may have pushed yet, or has read before.

In the first preview of a stack, whatever serves a model asks for its config before the model is anywhere else; and many
services of a stack may serve the same one.
"""

import threading
from collections import OrderedDict

MOST = 256
"""A config is some kilobytes; a stack with more model versions than this learns the rest when they are pushed."""

NOT_MADE_YET = "registry-not-made-yet.invalid"
"""Stands in previews for a registry that the same update will make, so that what serves the image is judged by its
content before anything costs money. `.invalid` is nobody's by RFC 2606."""

_configs: OrderedDict[str, bytes] = OrderedDict()
_lock = threading.Lock()


def remember(digest: str, config: bytes) -> None:
    with _lock:
        _configs[digest] = config
        _configs.move_to_end(digest)
        while len(_configs) > MOST:
            _configs.popitem(last=False)


def recalled(reference: str) -> bytes | None:
    """By an image reference. For previews only: an update wants to know whether it is really there."""
    with _lock:
        return _configs.get(reference.rpartition("@")[2])
