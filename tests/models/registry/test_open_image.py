"""A reference does not tell plain HTTP from HTTPS: on this machine, the registry itself does."""

from pathlib import Path

import pytest
from parts.blobs import blob, manifest, sha256
from parts.certificates import Certificates
from parts.docker_registry import DockerRegistry
from triton_serving.models.registry import Registry
from triton_serving.models.registry.open import image_config, open_image, open_registry
from triton_serving.models.work import Work
from triton_serving.rules.problems import UserError

CONFIG = blob(b'{"a":1}')


def push(home: Registry) -> str:
    home.put_blob("digits", CONFIG, Work(), lambda _: None)
    content = manifest(CONFIG)
    home.put_manifest("digits", "1", content)
    return home.reference("digits", sha256(content))


def test_a_registry_without_tls_on_this_machine_is_found(docker_registry: DockerRegistry, prefix: str) -> None:
    reference = push(open_registry(f"{docker_registry.url}/{prefix}"))
    assert reference.startswith(f"{docker_registry.host}/{prefix}/digits@sha256:")
    assert image_config(reference) == b'{"a":1}'


def test_a_registry_with_tls_on_this_machine_is_asked_over_tls(
    tmp_path: Path, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    settings = {"HTTP_TLS_CERTIFICATE": str(certificates.certificate), "HTTP_TLS_KEY": str(certificates.key)}
    with DockerRegistry(tmp_path / "registry", settings=settings) as registry:
        assert image_config(push(open_registry(f"{registry.host}/team"))) == b'{"a":1}'


def test_a_folder_is_opened_by_its_path(tmp_path: Path) -> None:
    reference = push(open_registry(f"oci-layout://{tmp_path}/a @ b"))
    registry, name, digest = open_image(reference)
    assert (registry.location, name) == (f"oci-layout://{tmp_path}/a @ b", "digits")
    assert image_config(reference) == b'{"a":1}'
    assert image_config(reference.replace(digest, f"sha256:{'0' * 64}")) is None


def test_plain_http_to_another_machine_needs_to_be_allowed() -> None:
    reference = f"http://registry.example.com/team/digits@sha256:{'0' * 64}"
    with pytest.raises(UserError, match="plain http is for registries on this machine only"):
        open_image(reference)
    assert open_image(reference, allow_plain_http=True)[0].location == "http://registry.example.com/team"
