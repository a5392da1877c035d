"""An environment's image from what is asked for. What an earlier deployment has found out is taken over: a request that
is the same asks nobody, and one that changed learns only what has changed."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ..entry.scoring_server import PACKAGE, scoring_server_digest, scoring_server_package, scoring_server_version
from ..models.archive import END, directory_header, file_header, padding
from ..models.registry import Blob, Registry
from ..models.work import Work
from ..rules.problems import UserError
from .base import Base, pin_base, read_base
from .image import Image, assemble, interpreter_archive
from .layers import LAYOUT, blob_of, forget_old, group, key_of, package_layer, packages_in
from .lock import Locked, locked, make_lock
from .packing import Layer, small_layer
from .sbom import sbom
from .wanted import Wanted

AT_ONCE = 4
MOST_IN_AN_IMAGE = 127
"""Layers: there overlay mounts end in containerd and Docker."""
FOUND = ("python", "requirements", "scoringServer", "base", "interpreter", "lock", "layers", "digest")
"""What goes into the state beside the caller's inputs."""


@dataclass(frozen=True)
class Built:
    found: dict[str, Any]
    image: Image
    layers: tuple[Blob, ...]


def default_base(python: str) -> str:
    return f"docker.io/library/python:{python}-slim"


def find(
    given: Mapping[str, Any], wanted: Wanted, before: Mapping[str, Any], registry: Registry | None, work: Work
) -> dict[str, Any]:
    """Everything of FOUND. `registry` is where the image goes, when that is known already: layers that lie there need
    not be made to know their digests."""
    asked = {
        "python": wanted.python,
        "requirements": list(wanted.requirements),
        "scoringServer": f"{scoring_server_version()} {scoring_server_digest()} layout {LAYOUT}",
    }
    same_python = before.get("python") == wanted.python
    same_base = same_python and "base" in before and before.get("baseImage") == given.get("baseImage")
    if same_base and all(before.get(key) == value for key, value in asked.items()) and "digest" in before:
        return {key: before[key] for key in FOUND}
    plain = given.get("allowPlainHttp", False)
    if same_base:
        reference, interpreter = before["base"], before["interpreter"]
        base = read_base(reference, plain, work)
    else:
        reference = pin_base(given.get("baseImage") or default_base(wanted.python), plain, work)
        base = read_base(reference, plain, work)
        interpreter = base.find_python(wanted.python, work)
    if same_python and before.get("requirements") == asked["requirements"]:
        lock = before["lock"]
    else:
        lock = make_lock(wanted.requirements, wanted.python, before.get("lock", {}) if same_python else {}, work)
    found = asked | {"base": reference, "interpreter": interpreter, "lock": lock}
    known = before.get("layers", {})
    if registry is None or "name" not in given:
        known = {}
    found["layers"] = _layers(lock, wanted.python, known, registry, given.get("name", ""), work)
    return found | {"digest": _assemble(found, base, work).image.digest}


def build(found: Mapping[str, Any], allow_plain_http: bool, work: Work) -> Built:
    """The image that was found, ready to be sent; makes only what somebody then wants to have."""
    return _assemble(found, read_base(found["base"], allow_plain_http, work), work)


def list_packages(found: Mapping[str, Any], name: str) -> bytes:
    """The image's packages, in the standard's form."""
    server = str(found["scoringServer"]).partition(" ")[0]
    return sbom(name, found["digest"], found["base"], locked(found["lock"]), server)


def _layers(
    lock: dict[str, str], python: str, known: Mapping[str, str], registry: Registry | None, name: str, work: Work
) -> dict[str, str]:
    """What manifests say of each layer, by what is in it."""

    def described(packages: tuple[Locked, ...]) -> tuple[str, str]:
        key = key_of(packages, python)
        if registry is not None and key in known:
            _, digest, size = known[key].split()
            if registry.has_blob(name, digest, int(size)):
                return key, known[key]
        layer = package_layer(packages, python, work)
        return key, f"{layer.diff} {layer.digest} {layer.size}"

    groups = group(locked(lock))
    work.say(f"making the layers of {len(lock)} packages")
    with ThreadPoolExecutor(AT_ONCE) as threads:
        described_layers = dict(threads.map(described, groups))
    forget_old()
    return dict(sorted(described_layers.items()))


def _assemble(found: Mapping[str, Any], base: Base, work: Work) -> Built:
    python = found["python"]
    packages = []
    for one in group(locked(found["lock"])):
        diff, digest, size = found["layers"][key_of(one, python)].split()
        layer = Layer(", ".join(f"{package.name}=={package.version}" for package in one), diff, digest, int(size))
        packages.append((layer, blob_of(one, python, layer, work)))
    packages.sort(key=lambda pair: (-pair[0].size, pair[0].diff))
    layers = [
        small_layer("environment", interpreter_archive(found["interpreter"], python)),
        *packages,
        small_layer("scoring server", _server_archive(python)),
    ]
    if len(base.layers) + len(layers) > MOST_IN_AN_IMAGE:
        raise UserError(
            f"{base.reference}: has {len(base.layers)} layers, and with {len(layers)} more the image would have over "
            f"{MOST_IN_AN_IMAGE}, which nodes cannot mount; choose a base with fewer"
        )
    image = assemble(base, [layer for layer, _ in layers], found["lock"])
    blobs = (*(base.blob(layer, work) for layer in base.layers), *(blob for _, blob in layers))
    return Built(dict(found), image, blobs)


def _server_archive(python: str) -> bytes:
    tree, home = scoring_server_package(), packages_in(python)
    pieces = [directory_header(f"{home}/{folder}") for folder in tree.directories if folder.startswith(PACKAGE)]
    for file in tree.files:
        content = tree.locate(file.path).read_bytes()
        pieces += [file_header(f"{home}/{file.path}", len(content)), content, padding(len(content))]
    return b"".join((*pieces, END))
