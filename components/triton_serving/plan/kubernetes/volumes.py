"""What a pod mounts, and where. Everything is read-only but for what is an emptyDir here."""

import math
from typing import Any

from ..gateway import pod
from ..scoring_server import SOURCE
from . import files
from .quantities import mebibytes
from .service import ClusterService, Delivery, ModelImage, Release

MODELS = "/var/azureml-app/azureml-models"
"""AZUREML_MODEL_DIR: contains the registered folder under its own name."""
PULL_SECRET = "/etc/registry"  # noqa: S105 - a folder
"""DOCKER_CONFIG of the fetcher."""
_TEMPORARY = "10Gi"
"""A bound, not a reservation: for what Python models bring along as archives, and for scripts."""


def volumes(service: ClusterService, which: str) -> list[dict[str, Any]]:
    release = service.releases[which]
    found = [files.gateway_volume(service, which), _empty("gateway-run", "1Mi")]
    if service.reach.tls_secret and which == "stable":
        found.append(_secret("gateway-tls", service.reach.tls_secret))
    if release.model:
        found.append(_model(service, release.model))
        if service.delivery is Delivery.COPY and service.image_pull_secrets:
            found.append(_pull_secret(service))
    if service.triton_image:
        megabytes = service.resources.shared_memory_mb
        found += [
            _empty("shared-memory", mebibytes(megabytes), medium="Memory"),
            _empty("triton-temporary", _TEMPORARY),
        ]
    if release.script:
        found += [files.script_volume(service, which), _empty("scoring-temporary", _TEMPORARY)]
    return found


def of_gateway(service: ClusterService, which: str) -> list[dict[str, Any]]:
    mounts = [_mounted("gateway", pod.FOLDER), _mounted("gateway-run", pod.RUN_FOLDER, writable=True)]
    if service.reach.tls_secret and which == "stable":
        mounts.append(_mounted("gateway-tls", pod.TLS_FOLDER))
    return mounts


def of_triton() -> list[dict[str, Any]]:
    return [
        _mounted("model", MODELS),
        _mounted("shared-memory", "/dev/shm", writable=True),  # noqa: S108
        _mounted("triton-temporary", "/tmp", writable=True),  # noqa: S108
    ]


def of_scoring(release: Release) -> list[dict[str, Any]]:
    model = [_mounted("model", MODELS)] if release.model else []
    return [*model, _mounted("source", SOURCE), _mounted("scoring-temporary", "/tmp", writable=True)]  # noqa: S108


def of_fetcher(service: ClusterService) -> list[dict[str, Any]]:
    secret = [_mounted("registry", PULL_SECRET)] if service.image_pull_secrets else []
    return [_mounted("model", MODELS, writable=True), *secret]


def _model(service: ClusterService, model: ModelImage) -> dict[str, Any]:
    if service.delivery is Delivery.IMAGE_VOLUME:
        return {"name": "model", "image": {"reference": model.reference, "pullPolicy": "IfNotPresent"}}
    # The bound holds a registry to what the image said of itself.
    return _empty("model", mebibytes(math.ceil(model.size / 2**20) + 64))


def _secret(name: str, secret: str) -> dict[str, Any]:
    return {"name": name, "secret": {"secretName": secret, "defaultMode": files.READABLE}}


def _pull_secret(service: ClusterService) -> dict[str, Any]:
    items = [{"key": ".dockerconfigjson", "path": "config.json"}]
    secret = {"secretName": service.image_pull_secrets[0], "defaultMode": files.READABLE, "items": items}
    return {"name": "registry", "secret": secret}


def _empty(name: str, most: str, *, medium: str = "") -> dict[str, Any]:
    return {"name": name, "emptyDir": {"sizeLimit": most} | ({"medium": medium} if medium else {})}


def _mounted(volume: str, path: str, *, writable: bool = False) -> dict[str, Any]:
    return {"name": volume, "mountPath": path} | ({} if writable else {"readOnly": True})
