"""Whether a certificate and a private key belong together, in words that hold neither."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager


def certificate_problem(chain: object, private_key: object) -> str | None:
    if not isinstance(chain, str) or "-----BEGIN CERTIFICATE-----" not in chain:
        return "'tlsCertificate' must be a certificate with its chain, as PEM; give the file's content, not its path"
    if not isinstance(private_key, str) or "PRIVATE KEY-----" not in private_key:
        return "'tlsPrivateKey' must be a private key, as PEM; give the file's content, not its path"
    if "ENCRYPTED" in private_key:
        return "'tlsPrivateKey' must not be encrypted: the gateway has no passphrase; openssl pkey takes it off"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with _file(chain) as certificate, _file(private_key) as key:
        try:
            context.load_cert_chain(certificate, key)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                return "'tlsPrivateKey' must belong to 'tlsCertificate', whose first certificate is another key's"
            return f"'tlsCertificate' and 'tlsPrivateKey' must be what OpenSSL can read (it says {error.reason})"
    return None


@contextmanager
def _file(text: str) -> Iterator[str]:
    """OpenSSL reads files only; this one is never on a disk."""
    descriptor = os.memfd_create("pem", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
