"""A stand-in for a registry's token server: signs real tokens, which the real registry checks."""

import base64
import json
import subprocess
import time
import uuid
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from .certificates import Certificates
from .listening import Listening, QuietHandler

SERVICE, ISSUER = "test-registry", "test-issuer"
USER, PASSWORD, IDENTITY = "me", "correct horse", "an-identity-token"


class TokenServer(Listening):
    def __init__(self, certificates: Certificates) -> None:
        self._certificates = certificates
        self.asked: list[dict[str, str]] = []
        self.life = 300
        server = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                login = self.headers.get("Authorization", "").removeprefix("Basic ")
                self._give(query, base64.b64decode(login).decode() == f"{USER}:{PASSWORD}")

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                fields = {name: values[0] for name, values in parse_qs(form).items()}
                self._give(fields, fields.get("refresh_token") == IDENTITY)

            def _give(self, fields: dict[str, str], allowed: bool) -> None:
                server.asked.append(fields)
                token = server.token(fields.get("scope", "")) if allowed else ""
                body = json.dumps({"access_token": token, "expires_in": server.life} if allowed else {"details": "no"})
                self.give(200 if allowed else 401, body.encode())

        super().__init__(Handler)
        self.realm = f"{self.url}/token"

    def registry_settings(self) -> dict[str, str]:
        return registry_settings(self._certificates, self.realm, SERVICE)

    def token(self, scope: str) -> str:
        kind, name, actions = scope.split(":") if scope else ("", "", "")
        access = [{"type": kind, "name": name, "actions": actions.split(",")}] if scope else []
        return signed_token(self._certificates, SERVICE, self.life, access)


def registry_settings(certificates: Certificates, realm: str, service: str) -> dict[str, str]:
    """What lets the real registry take tokens that are signed with these certificates."""
    return {
        "AUTH_TOKEN_REALM": realm,
        "AUTH_TOKEN_SERVICE": service,
        "AUTH_TOKEN_ISSUER": ISSUER,
        "AUTH_TOKEN_ROOTCERTBUNDLE": str(certificates.authority),
    }


def signed_token(certificates: Certificates, service: str, life: int, access: list[dict[str, object]]) -> str:
    now = int(time.time())
    pem = certificates.certificate.read_text().split("-----")[2]
    head = {"typ": "JWT", "alg": "RS256", "x5c": ["".join(pem.split())]}
    claims = {"iss": ISSUER, "aud": service, "sub": USER, "iat": now, "nbf": now - 5, "exp": now + life}
    text = f"{_encode(head)}.{_encode({**claims, 'jti': uuid.uuid4().hex, 'access': access})}"
    return f"{text}.{_base64(_sign(text.encode(), certificates.key))}"


def _encode(content: dict[str, object]) -> str:
    return _base64(json.dumps(content).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _sign(content: bytes, key: Path) -> bytes:
    command = ["openssl", "dgst", "-sha256", "-sign", str(key)]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout
