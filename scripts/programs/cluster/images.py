"""A container image out of files on this machine, as an OCI layout in a tar file."""

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
OCI = "application/vnd.oci.image"


def write_image(archive: Path, name: str, files: Mapping[str, Path], command: Sequence[str]) -> None:
    """`files` says what lies where in the image. Equal files give equal images."""
    layer = _layer(files)
    machine = {"architecture": MACHINES.get(platform.machine(), platform.machine()), "os": "linux"}
    blobs: dict[str, bytes] = {}

    def blob(kind: str, content: bytes) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        blobs[digest] = content
        return {"mediaType": f"{OCI}.{kind}", "digest": f"sha256:{digest}", "size": len(content)}

    layers = [blob("layer.v1.tar", layer)]
    rootfs = {"type": "layers", "diff_ids": [layers[0]["digest"]]}
    config = blob("config.v1+json", _json({**machine, "config": {"Entrypoint": list(command)}, "rootfs": rootfs}))
    content = {"schemaVersion": 2, "mediaType": f"{OCI}.manifest.v1+json", "config": config, "layers": layers}
    manifest = {
        **blob("manifest.v1+json", _json(content)),
        "platform": machine,
        "annotations": {"io.containerd.image.name": name},
    }
    with tarfile.open(archive, "w") as tar:
        _add(tar, "oci-layout", _json({"imageLayoutVersion": "1.0.0"}))
        _add(tar, "index.json", _json({"schemaVersion": 2, "manifests": [manifest]}))
        for digest, held in blobs.items():
            _add(tar, f"blobs/sha256/{digest}", held)


def _layer(files: Mapping[str, Path]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for at, file in sorted(files.items()):
            _add(tar, at.lstrip("/"), file.read_bytes(), mode=0o755)
    return packed.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    tar.addfile(member, io.BytesIO(content))


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()
