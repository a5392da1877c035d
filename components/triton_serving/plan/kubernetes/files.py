"""The files that pods find in ConfigMaps and Secrets: the gateway's, and the entry script's folder.

The names carry a digest of what a running pod could not cope with, so that the pods of every template keep the files
that they were started with, also while an update that does not come to an end stands beside them. Keys and shares
are not in it: they reach the pods that run.

Behind the digest is how often the content has changed. After an update that failed, Pulumi still has to delete the
object from before it; going back to that content under that name would end with the deletion of what the pods mount.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..gateway.pod import PodGateway, PodGatewayFiles, Split, pod_gateway_files
from ..service import Keys
from .names import CANDIDATE, certificate_name, metadata, name_of, release_name
from .objects import Manifest
from .reach import PLAIN_PORT
from .service import Certificate, ClusterService

ROUTES = "routes.json"
LARGEST_FOLDER = 1024 * 1024
"""What a ConfigMap holds."""
READABLE = 0o440
"""By the pod's group."""
_DIGITS = 10


def gateway_files(service: ClusterService, which: str, keys: Keys | None) -> PodGatewayFiles:
    return pod_gateway_files(_gateway(service, which), keys)


def gateway_name(service: ClusterService, which: str) -> str:
    return release_name(service, which, f"gateway-{_fixed(service, which)}{_edition(service, which, 'gateway')}")


def routes_name(service: ClusterService, which: str) -> str:
    return release_name(service, which, f"routes-{_fixed(service, which)}{_edition(service, which, 'gateway')}")


def script_name(service: ClusterService, which: str) -> str:
    script = service.releases[which].script
    digest = script.digest.removeprefix("sha256:") if script else ""
    return release_name(service, which, f"script-{digest[:_DIGITS]}{_edition(service, which, 'script')}")


def editions_after(service: ClusterService, before: Mapping[str, Any]) -> dict[str, int]:
    """Those of an update, from the objects before it and the editions that these were of, which the service has."""
    found = dict(service.editions)
    for which, release in service.releases.items():
        names = {"gateway": gateway_name(service, which)} | (
            {"script": script_name(service, which)} if release.script else {}
        )
        for part, name in names.items():
            key = _part(which, part)
            if key in before and before[key]["metadata"]["name"] != name:
                found[key] = found.get(key, 0) + 1
    return found


def gateway_volume(service: ClusterService, which: str) -> dict[str, Any]:
    """One folder for both, so that Envoy sees a change of either by the same rename."""
    public = _public(_without_keys(_gateway(service, which)))
    sources = [
        {
            "configMap": {
                "name": gateway_name(service, which),
                "items": [{"key": name, "path": name} for name in public],
            }
        },
        {"secret": {"name": routes_name(service, which), "items": [{"key": ROUTES, "path": ROUTES}]}},
    ]
    return {"name": "gateway", "projected": {"defaultMode": READABLE, "sources": sources}}


def gateway_config_map(service: ClusterService, which: str) -> Manifest:
    found = _without_keys(_gateway(service, which))
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(service, gateway_name(service, which)),
        "data": {name: _text(content) for name, content in _public(found).items()},
    }


def routes_secret(service: ClusterService, which: str, keys: Keys | None) -> Manifest:
    routes = _text(gateway_files(service, which, keys).routes)
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(service, routes_name(service, which)),
        "type": "Opaque",
        "immutable": False,  # a rotated key reaches pods that run
        "data": {ROUTES: base64.b64encode(routes.encode()).decode()},
    }


def certificate_secret(service: ClusterService, certificate: Certificate) -> Manifest:
    """Named by the service alone: a renewed one reaches the gateways of running pods through their mounts."""
    data = {"tls.crt": certificate.chain, "tls.key": certificate.private_key}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(service, certificate_name(service.name)),
        "type": "kubernetes.io/tls",
        "data": {name: base64.b64encode(text.encode()).decode() for name, text in data.items()},
    }


def script_config_map(service: ClusterService, which: str) -> Manifest:
    script = service.releases[which].script
    files = script.files if script else {}
    texts, binaries = {}, {}
    for path, key in _keys(files).items():
        text = _readable(files[path])
        if text is None:
            binaries[key] = base64.b64encode(files[path]).decode()
        else:
            texts[key] = text
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(service, script_name(service, which)),
        "immutable": True,
        "data": texts,
        **({"binaryData": binaries} if binaries else {}),
    }


def script_volume(service: ClusterService, which: str) -> dict[str, Any]:
    script = service.releases[which].script
    items = [{"key": key, "path": path} for path, key in _keys(script.files if script else {}).items()]
    name = script_name(service, which)
    return {"name": "source", "configMap": {"name": name, "items": items, "defaultMode": 0o444}}


def script_problem(files: Mapping[str, bytes]) -> str | None:
    """What keeps a folder from getting into a ConfigMap."""
    hidden = [path for path in files if path.startswith("..")]
    if hidden:
        return f"no file of the source folder may begin with '..' on Kubernetes (found {hidden[0]}); rename it"
    total = sum(map(len, files.values()))
    if total <= LARGEST_FOLDER:
        return None
    largest = sorted(files, key=lambda path: -len(files[path]))[:3]
    shown = ", ".join(f"{path} ({len(files[path]):,} bytes)" for path in largest)
    return (
        f"the source folder must have at most {LARGEST_FOLDER:,} bytes on Kubernetes, where it travels as a ConfigMap "
        f"(got {total:,}; the largest: {shown}); put packages into the ScoringEnvironment and data beside the model"
    )


def _gateway(service: ClusterService, which: str) -> PodGateway:
    release = service.releases[which]
    needs = release.model.needs if release.model and release.plan.models else ()
    if which == CANDIDATE:  # the stable version's gateway is its only caller
        return PodGateway(release.plan, needs)
    tls = service.reach.tls_secret is not None
    return PodGateway(release.plan, needs, tls, service.reach.path_prefix, _split(service))


def _split(service: ClusterService) -> Split | None:
    if service.candidate is None:
        return None
    host = f"{name_of(service, CANDIDATE)}.{service.namespace}.svc"
    return Split(host, PLAIN_PORT, service.share.percent, service.share.mirror_percent)


def _edition(service: ClusterService, which: str, part: str) -> str:
    number = service.editions.get(_part(which, part), 0)
    return f"-{number}" if number else ""


def _part(which: str, part: str) -> str:
    """As `objects` calls it."""
    return f"candidate{part.capitalize()}" if which == CANDIDATE else part


def _fixed(service: ClusterService, which: str) -> str:
    """Of what only a new pod takes over: Envoy's start file, and which programs are behind it."""
    found = _without_keys(replace(_gateway(service, which), split=None))
    return hashlib.sha256(json.dumps(_public(found), sort_keys=True).encode()).hexdigest()[:_DIGITS]


def _public(found: PodGatewayFiles) -> dict[str, Any]:
    files = {"bootstrap.json": found.bootstrap, "clusters.json": found.clusters}
    return files | ({"certificate.json": found.certificate} if found.certificate else {})


def _without_keys(gateway: PodGateway) -> PodGatewayFiles:
    """For the files that hold none, whatever the keys are."""
    return pod_gateway_files(gateway, Keys("", "") if gateway.plan.auth_enabled else None)


def _keys(files: Mapping[str, bytes]) -> dict[str, str]:
    """A ConfigMap's key for each path: itself where it may be one. Numbers keep the others apart, from these too."""
    legal = re.compile(r"(?!\d{4}_)[-._a-zA-Z0-9]{1,200}")
    found = {path: path for path in files if legal.fullmatch(path)}
    for number, path in enumerate(sorted(files.keys() - found.keys())):
        found[path] = f"{number:04d}_" + re.sub(r"[^-._a-zA-Z0-9]", "_", path)[-200:]
    return dict(sorted(found.items()))


def _readable(content: bytes) -> str | None:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return None if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text) else text


def _text(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True)
