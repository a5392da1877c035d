"""TLS for callers, from a mounted Secret of type kubernetes.io/tls."""

from typing import Any

from .files import resources, watched

_NAME = "certificate"


def certificate(folder: str) -> dict[str, Any]:
    """The file that says where certificate and key are. Both are read again when the folder's content is replaced."""
    files = {
        "certificate_chain": {"filename": f"{folder}/tls.crt"},
        "private_key": {"filename": f"{folder}/tls.key"},
        "watched_directory": {"path": folder},
    }
    typed = {"@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"}
    return resources([{**typed, "name": _NAME, "tls_certificate": files}])


def with_tls() -> dict[str, Any]:
    """TLS 1.2 and 1.3, HTTP/1.1 and HTTP/2."""
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
            "common_tls_context": {
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2", "tls_maximum_protocol_version": "TLSv1_3"},
                "alpn_protocols": ["h2", "http/1.1"],
                "tls_certificate_sds_secret_configs": [{"name": _NAME, "sds_config": watched("certificate.json")}],
            },
        },
    }
