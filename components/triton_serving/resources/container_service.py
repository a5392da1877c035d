"""ContainerService and ContainerRollout as LocalWebservice declares them."""

from .addresses import ADDRESSES
from .declared import Declared


class ContainerService(Declared):
    """What a service in containers on this machine consists of. Used through LocalWebservice."""

    type_name = "ContainerService"
    _computed = (
        "containers", "folder", "slot", "usedPort", "served", "startupSeconds", "modelDigest", "sourceDigest",
    )  # fmt: skip


class ContainerRollout(Declared):
    """The wait for containers to serve. Used through LocalWebservice."""

    type_name = "ContainerRollout"
    _computed = (*ADDRESSES, "state", "logs")
