"""Images for pods on a cluster of this machine, made without Docker and without a registry to pull from.

They are for tests and for trying things out, never for production: Triton's is a CPU build of an old release with known
holes, the one that PyPI has; in production its image comes from NVIDIA. The files come from Debian's archive, from PyPI
and from this checkout. Equal files give equal digests, so a second run asks the registry and sends nothing.

    contents    which files are in which layer, and where they come from
    layers      a layer as an archive, made once and kept in the cache folder
    images      which layers and which command an image consists of; sends them
"""

from .images import REHEARSAL, push_images

__all__ = ["REHEARSAL", "push_images"]
