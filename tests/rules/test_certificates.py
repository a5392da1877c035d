"""A certificate and its key: whether they belong together, told without showing either."""

from pathlib import Path

import pytest
from parts.certificates import make_certificates
from triton_serving.rules.certificates import certificate_problem

ENCRYPTED = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n-----END ENCRYPTED PRIVATE KEY-----\n"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return made(tmp_path_factory.mktemp("one"))


def made(folder: Path) -> tuple[str, str]:
    files = make_certificates(folder)
    return files.certificate.read_text() + files.authority.read_text(), files.key.read_text()


def test_a_certificate_with_its_chain_and_key_is_taken(pair: tuple[str, str]):
    assert certificate_problem(*pair) is None


def test_another_certificates_key_is_told_without_showing_it(pair: tuple[str, str], tmp_path: Path):
    chain, _ = pair
    _, key = made(tmp_path)
    problem = certificate_problem(chain, key)
    assert problem is not None
    assert "must belong to 'tlsCertificate'" in problem
    assert key.splitlines()[1] not in problem


@pytest.mark.parametrize(
    ("chain", "key", "told"),
    [
        ("tls.crt", None, "'tlsCertificate' must be a certificate"),
        (None, "tls.key", "'tlsPrivateKey' must be a private key"),
        (None, ENCRYPTED, "'tlsPrivateKey' must not be encrypted"),
        (5, None, "'tlsCertificate' must be a certificate"),
        ("-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n", None, "what OpenSSL can read"),
    ],
    ids=["a path", "a key's path", "encrypted", "a number", "no certificate inside"],
)
def test_what_is_no_pair_is_told_with_the_way_out(pair: tuple[str, str], chain: object, key: object, told: str):
    assert told in (certificate_problem(pair[0] if chain is None else chain, pair[1] if key is None else key) or "")
