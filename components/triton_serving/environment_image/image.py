"""Manifest and config of an environment's image. Pure.

    base's layers       as they are
    environment         the folders of a virtual environment and the links to the base's Python
    packages            the largest deepest: a node unpacks again what lies above a changed layer
    scoring server      on top, as a new release of this package changes it

The root may be read-only and the user is nobody in particular: pods set their own, and nothing in the image is theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from ..models.archive import END, directory_header, file_header, link_header, padding
from ..models.image import CONFIG_TYPE
from ..models.image_config import AUTHOR
from ..models.oci import MANIFEST_TYPE, NO_TIME, canonical, digest_of
from ..models.registry import Blob
from .base import Base
from .packing import HOME, Layer

USER = "65532:65532"
"""The `nonroot` of distroless images: no account of any base, and not the user that a container escape would want."""
GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
LOCK_LABEL = "triton-serving.lock"
_BASE_LABEL = "org.opencontainers.image.base"
"""The standard's own name for what an image stands on."""


@dataclass(frozen=True)
class Image:
    digest: str
    manifest: bytes
    config: Blob


def assemble(base: Base, layers: Sequence[Layer], lock: Mapping[str, str]) -> Image:
    config = canonical(
        {
            "created": NO_TIME,
            "author": AUTHOR,
            "architecture": "amd64",
            "os": "linux",
            "config": {
                "User": USER,
                "WorkingDir": "/",
                "Env": [f"{name}={value}" for name, value in _variables(base).items()],
                "Entrypoint": ["python", "-m", "triton_scoring"],
                "Labels": _labels(base, lock),
            },
            "rootfs": {
                "type": "layers",
                "diff_ids": [*base.config["rootfs"]["diff_ids"], *(layer.diff for layer in layers)],
            },
            "history": [*base.config.get("history", ()), *map(_history, layers)],
        }
    )
    parts = [{"mediaType": one.media_type, "digest": one.digest, "size": one.size} for one in base.layers]
    parts += [{"mediaType": GZIP, "digest": one.digest, "size": one.size} for one in layers]
    manifest = canonical(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": CONFIG_TYPE, "digest": digest_of(config), "size": len(config)},
            "layers": parts,
        }
    )
    return Image(
        digest_of(manifest), manifest, Blob(digest_of(config), len(config), lambda offset: iter([config[offset:]]))
    )


def interpreter_archive(interpreter: str, python: str) -> bytes:
    """What makes a virtual environment of a folder: Python looks for pyvenv.cfg above the link it was started by. The
    base's own packages stay out of sight, so that what runs is what the lock says."""
    home = str(PurePosixPath(interpreter).parent)
    settings = f"home = {home}\ninclude-system-site-packages = false\nversion = {python}\n".encode()
    folders = ["opt", HOME, f"{HOME}/bin", f"{HOME}/lib", f"{HOME}/lib/python{python}"]
    return b"".join(
        (
            *map(directory_header, (*folders, f"{HOME}/lib/python{python}/site-packages")),
            file_header(f"{HOME}/pyvenv.cfg", len(settings)),
            settings,
            padding(len(settings)),
            link_header(f"{HOME}/bin/python", interpreter),
            link_header(f"{HOME}/bin/python3", "python"),
            END,
        )
    )


def _variables(base: Base) -> dict[str, str]:
    """The base's own, for what its libraries need; then ours. The service adds the caller's, which may be secret."""
    kept = {name: value for name, value in base.variables().items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    ours = {"PATH": f"/{HOME}/bin:{base.path()}", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
    return kept | ours


def _labels(base: Base, lock: Mapping[str, str]) -> dict[str, str]:
    name, _, digest = base.reference.rpartition("@")
    return {f"{_BASE_LABEL}.name": name, f"{_BASE_LABEL}.digest": digest, LOCK_LABEL: digest_of(canonical(lock))}


def _history(layer: Layer) -> dict[str, str]:
    return {"created": NO_TIME, "created_by": layer.title}
