"""Which browsers' pages may read the answers: AML_CORS_ORIGINS."""

from collections.abc import Sequence

from .messages import Headers


def cors_headers(origins: Sequence[str], request: dict[bytes, bytes]) -> Headers:
    if not origins:
        return []
    origin = request.get(b"origin", b"").decode("latin-1")
    if "*" in origins:
        allowed = origin or "*"
    elif not origin:
        allowed = origins[0]
    elif origin in origins:
        allowed = origin
    else:
        return []
    headers = [(b"access-control-allow-origin", allowed.encode("latin-1")), (b"vary", b"Origin")]
    if b"access-control-request-method" in request:
        headers.append((b"access-control-allow-methods", b"GET, POST"))
        if asked := request.get(b"access-control-request-headers"):
            headers.append((b"access-control-allow-headers", asked))
    return headers
