"""Rules for container images: by digest, out of known registries, and no Triton with known holes."""

import ipaddress
import re
from collections.abc import Iterator, Mapping

from triton_serving.models.fresh_images import NOT_MADE_YET
from triton_serving.rules.kubernetes import image_problem
from triton_serving.rules.triton_releases import SAFE_TRITON, release_of, shown_release

from .kinds import (
    DOCKER_CONTAINER,
    DOCKER_IMAGE,
    ENVIRONMENT,
    ENVIRONMENT_IMAGE,
    GPU_CLUSTER,
    LOCAL_WEBSERVICE,
    PODS,
    WEBSERVICE,
    containers_of,
    pod_of,
)
from .rule import Resource, Rule, Setting, Settings, at, texts

ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    WEBSERVICE: (
        "model",
        "candidateModel",
        "tritonImage",
        "gatewayImage",
        "fetcherImage",
        "environmentImage",
        "candidateEnvironmentImage",
    ),
    LOCAL_WEBSERVICE: ("model", "tritonImage", "gatewayImage", "environmentImage"),
    GPU_CLUSTER: ("devicePluginImage", "tritonImage"),
    ENVIRONMENT: ("baseImage",),
    ENVIRONMENT_IMAGE: ("baseImage",),  # with the default, where the component was given none
    DOCKER_CONTAINER: ("image",),
}
"""Which arguments of components name images."""
_NAMING = (*ARGUMENTS, DOCKER_IMAGE, *PODS)
_OF_THIS_MACHINE = re.compile(r"sha256:[0-9a-f]{64}|oci-layout://.*@sha256:[0-9a-f]{64}", re.DOTALL)
"""An image that Docker has here, by its content, and a model that lies on this disk: neither comes from a registry."""


def images_of(resource: Resource) -> Iterator[tuple[str, str]]:
    """Each image that a resource names, and where; less those that are not known yet."""
    named = [(name, at(resource.inputs, name)) for name in ARGUMENTS.get(resource.type, ())]
    if resource.type == DOCKER_IMAGE and at(resource.inputs, "build") is None:  # what is built here is not fetched
        named.append(("name", at(resource.inputs, "name")))
    if found := pod_of(resource):
        path, pod = found
        named += [(f"{place}.image", container.get("image")) for place, container in containers_of(path, pod)]
        volumes = at(pod, "volumes")
        for number, volume in enumerate(volumes if isinstance(volumes, list) else []):
            if isinstance(volume, Mapping):
                named.append((f"{path}.volumes[{number}].image.reference", at(volume, "image.reference")))
    yield from ((place, image) for place, image in named if isinstance(image, str))


def _by_digest(resource: Resource, _: Settings) -> Iterator[str]:
    for place, image in images_of(resource):
        if not _OF_THIS_MACHINE.fullmatch(image) and (problem := image_problem(image)):
            yield f"'{place}' {problem}"


def _from_known_registries(resource: Resource, settings: Settings) -> Iterator[str]:
    allowed = settings["allowed"]
    for place, image in images_of(resource):
        if _OF_THIS_MACHINE.fullmatch(image) or _lies_below(image, NOT_MADE_YET):
            continue
        if not any(_lies_below(image, registry) for registry in allowed):
            yield (
                f"'{place}' must come out of {' or '.join(allowed) or 'no registry at all'} (got {image!r}); copy the "
                "image to one of them (oras copy, az acr import), or ask your platform team to allow its registry"
            )


def _lies_below(image: str, allowed: str) -> bool:
    """`allowed` is a host, with a path or without; *.azurecr.io stands for one name in front."""
    host, _, path = full_name(image).partition("/")
    allowed_host, _, allowed_path = allowed.partition("/")
    if allowed_host.startswith("*."):
        name, _, rest = host.partition(".")
        host_fits = bool(name) and rest == allowed_host.removeprefix("*.")
    elif allowed_host == "loopback":
        host_fits = _is_loopback(host)
    else:
        host_fits = host == allowed_host
    return host_fits and (not allowed_path or f"{path}/".startswith(allowed_path.rstrip("/") + "/"))


def full_name(image: str) -> str:
    """Host and path, without tag and digest: `nginx` is docker.io/library/nginx to every container runtime."""
    name = image.partition("@")[0]
    head, slash, tail = name.partition("/")
    if not slash:
        return f"docker.io/library/{name.partition(':')[0]}"
    path = tail.rpartition(":")[0] if ":" in tail else tail
    return f"{head}/{path}" if "." in head or ":" in head or head == "localhost" else f"docker.io/{head}/{path}"


def _is_loopback(host: str) -> bool:
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    try:
        return name == "localhost" or ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _without_known_holes(resource: Resource, settings: Settings) -> Iterator[str]:
    least = str(settings["minimum"])
    for place, image in images_of(resource):
        release = release_of(image)
        if release and shown_release(release) < least:  # both have two digits on each side
            yield (
                f"'{place}' must be Triton {least} or later (got {shown_release(release)}), since older ones have "
                "known security holes; take a newer release, after a look at what it needs of the GPU's driver"
            )


RULES = (
    Rule(
        "images-by-digest",
        "Container images are named by digest: a tag can be moved to other content after the review.",
        _NAMING,
        _by_digest,
    ),
    Rule(
        "image-registries",
        "Container images come out of registries that are known.",
        _NAMING,
        _from_known_registries,
        settings={
            "allowed": texts(
                [
                    "*.azurecr.io",
                    "mcr.microsoft.com",
                    "nvcr.io/nvidia",
                    "docker.io/envoyproxy",
                    "docker.io/library/python",
                    "loopback",
                ],
                "Hosts, with a path or without; *.azurecr.io; loopback for this machine's own.",
            )
        },
    ),
    Rule(
        "triton-release",
        "Triton is a release without known security holes, as far as its tag tells.",
        _NAMING,
        _without_known_holes,
        settings={
            "minimum": Setting(
                shown_release(SAFE_TRITON),
                {"type": "string", "pattern": r"^\d\d\.\d\d$", "description": "The first release to allow."},
            )
        },
    ),
)
