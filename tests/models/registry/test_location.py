import pytest
from triton_serving.models.registry.location import DiskLocation, RemoteLocation, read_location
from triton_serving.rules.problems import UserError


@pytest.mark.parametrize(
    ("text", "origin", "host", "prefix"),
    [
        ("registry.example.com/team", "https://registry.example.com", "registry.example.com", "team"),
        ("registry.example.com", "https://registry.example.com", "registry.example.com", ""),
        ("registry.example.com:5000/a/b-c/", "https://registry.example.com:5000", "registry.example.com:5000", "a/b-c"),
        ("http://localhost:5000/team", "http://localhost:5000", "localhost:5000", "team"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000", "127.0.0.1:5000", ""),
        ("http://[::1]/team", "http://[::1]", "[::1]", "team"),
        ("http://[::1]:5000/team", "http://[::1]:5000", "[::1]:5000", "team"),
        ("docker.io/team", "https://registry-1.docker.io", "docker.io", "team"),
    ],
)
def test_a_registry_is_read_from_host_and_prefix(text: str, origin: str, host: str, prefix: str) -> None:
    assert read_location(text) == RemoteLocation(text.rstrip("/"), origin, host, prefix)


def test_a_folder_is_read_as_it_stands() -> None:
    location = read_location("oci-layout:///home/me/50% models")
    assert isinstance(location, DiskLocation)
    assert str(location.folder) == "/home/me/50% models"


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("", ["host"]),
        ("oci-layout://relative", ["path"]),
        ("https://registry.example.com/team", ["scheme"]),
        ("ftp://registry.example.com", ["scheme"]),
        ("http://registry.example.com/team", ["plain-http"]),
        ("http://localhost.example.com/team", ["plain-http"]),
        ("http://127.example.com/team", ["plain-http"]),
        ("registry.example.com:0/team", ["host"]),
        ("registry.example.com:99999/team", ["host"]),
        ("my registry/team", ["host"]),
        ("registry.example.com/Team", ["prefix"]),
        ("registry.example.com/team:1", ["prefix"]),
        ("registry.example.com/team@sha256:00", ["credentials", "host"]),
        ("registry.example.com/../x", ["prefix"]),
        ("registry.example.com//x", ["prefix"]),
        ("me:secret@registry.example.com/team", ["credentials"]),
        ("https://me:secret@registry.example.com:0/Team/ok/no_", ["credentials", "host", "prefix", "prefix", "scheme"]),
    ],
)
def test_everything_wrong_is_told_at_once_and_no_password_is(text: str, rules: list[str]) -> None:
    with pytest.raises(UserError) as error:
        read_location(text)
    lines = str(error.value).splitlines()
    assert sorted(line.rpartition("[registry-location-")[2].rstrip("]") for line in lines) == rules
    assert "secret" not in str(error.value)


def test_plain_http_to_another_machine_takes_a_switch() -> None:
    location = read_location("http://registry.example.com/team", allow_plain_http=True)
    assert isinstance(location, RemoteLocation)
    assert location.origin == "http://registry.example.com"
