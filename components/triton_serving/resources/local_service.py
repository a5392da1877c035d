"""LocalService as LocalWebservice declares it: processes on this machine that serve a model version."""

from .addresses import ADDRESSES
from .declared import Declared


class LocalService(Declared):
    """A service on this machine. Used through LocalWebservice."""

    type_name = "LocalService"
    _computed = (*ADDRESSES, "state", "modelDigest", "logs")
