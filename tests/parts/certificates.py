"""A certificate authority of one's own, made with openssl."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificates:
    authority: Path
    certificate: Path
    key: Path


def make_certificates(folder: Path) -> Certificates:
    """An authority and a certificate of it for localhost and 127.0.0.1."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Certificates(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    authority_key, names = folder / "authority.key", folder / "names"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n")
    new = ("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj")
    # From Python 3.13 on, an authority without a key usage and a certificate without its issuer's key are refused.
    signs = ("-x509", "-days", "2", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    _run(*new, "/CN=Test authority", *signs, "-keyout", authority_key, "-out", files.authority)
    _run(*new, "/CN=localhost", "-keyout", files.key, "-out", folder / "request")
    signing = ("openssl", "x509", "-req", "-in", folder / "request", "-CA", files.authority, "-CAkey", authority_key)
    _run(*signing, "-CAcreateserial", "-days", "2", "-extfile", names, "-out", files.certificate)
    return files


def _run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
