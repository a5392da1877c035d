"""Keys, certificates and kubeconfigs of a cluster, made with openssl."""

import base64
import json
import subprocess
from pathlib import Path

from .place import NODE, Addresses

DAYS = "365"
LOOPBACK = "https://127.0.0.1:6443"
CLIENTS = {
    "admin": "/O=system:masters/CN=admin",
    "controller-manager": "/CN=system:kube-controller-manager",
    "scheduler": "/CN=system:kube-scheduler",
    "kubelet": f"/O=system:nodes/CN=system:node:{NODE}",
    "proxy": "/CN=system:kube-proxy",
    "coredns": "/CN=coredns",
    "metrics-server": "/CN=metrics-server",
    "load-balancer": "/CN=load-balancer",
    "kwok": "/O=system:masters/CN=kwok",
}
"""Who asks the API server, and as whom; each has a kubeconfig of this name."""


def make(keys: Path, addresses: Addresses) -> None:
    keys.mkdir(mode=0o700)
    _authority(keys, "ca")
    _authority(keys, "front-proxy-ca")
    _openssl(keys, "genrsa", "-out", "service-account.key", "2048")
    _openssl(keys, "rsa", "-in", "service-account.key", "-pubout", "-out", "service-account.pub")
    names = ["localhost", *("kubernetes.default.svc.cluster.local".rsplit(".", cut)[0] for cut in (0, 2, 3, 4))]
    api = [f"DNS:{name}" for name in names]
    api += [f"IP:{address}" for address in ("127.0.0.1", addresses.api_service, addresses.node)]
    _certificate(keys, "apiserver", "/CN=kube-apiserver", "serverAuth", alternatives=",".join(api))
    _certificate(keys, "apiserver-to-kubelet", "/O=system:masters/CN=kube-apiserver-kubelet-client", "clientAuth")
    _certificate(keys, "front-proxy", "/CN=front-proxy-client", "clientAuth", authority="front-proxy-ca")
    server = f"DNS:{NODE},IP:{addresses.node}"
    _certificate(keys, "kubelet-server", f"/O=system:nodes/CN=system:node:{NODE}", "serverAuth", alternatives=server)
    for client, subject in CLIENTS.items():
        _certificate(keys, client, subject, "clientAuth")
        write_kubeconfig(keys / f"{client}.kubeconfig", keys, client, LOOPBACK)


def write_kubeconfig(file: Path, keys: Path, client: str, server: str) -> None:
    name = "triton-serving"
    cluster = {"server": server, "certificate-authority-data": _inline(keys / "ca.crt")}
    certificate, key = _inline(keys / f"{client}.crt"), _inline(keys / f"{client}.key")
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": client, "user": {"client-certificate-data": certificate, "client-key-data": key}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": client}}],
        "current-context": name,
    }
    file.touch(mode=0o600)
    file.write_text(json.dumps(content, indent=2))  # JSON is YAML


def _authority(keys: Path, name: str) -> None:
    _key(keys, name)
    extensions = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
    options = [word for extension in extensions for word in ("-addext", extension)]
    subject = ("-subj", f"/CN={name}", "-days", DAYS)
    _openssl(keys, "req", "-x509", "-new", "-key", f"{name}.key", *subject, *options, "-out", f"{name}.crt")


def _certificate(
    keys: Path, name: str, subject: str, usage: str, *, authority: str = "ca", alternatives: str = ""
) -> None:
    _key(keys, name)
    request = _openssl(keys, "req", "-new", "-key", f"{name}.key", "-subj", subject)
    extensions = [
        "basicConstraints=CA:FALSE",
        "keyUsage=critical,digitalSignature,keyEncipherment",
        f"extendedKeyUsage={usage}",
        *([f"subjectAltName={alternatives}"] if alternatives else []),
    ]
    (keys / f"{name}.extensions").write_text("\n".join(extensions))
    signer = ("-CA", f"{authority}.crt", "-CAkey", f"{authority}.key", "-CAcreateserial", "-days", DAYS)
    options = ("-extfile", f"{name}.extensions", "-out", f"{name}.crt")
    _openssl(keys, "x509", "-req", *signer, *options, stdin=request)
    (keys / f"{name}.extensions").unlink()


def _key(keys: Path, name: str) -> None:
    _openssl(keys, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")


def _openssl(keys: Path, *arguments: str, stdin: str = "") -> str:
    done = subprocess.run(["openssl", *arguments], cwd=keys, input=stdin, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


def _inline(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
