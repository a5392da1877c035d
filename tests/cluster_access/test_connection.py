"""A kubeconfig that works, and what is told of those that do not. Nothing of them gets into a message."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from parts.cluster import SharedCluster
from triton_serving.cluster_access.connection import Away, Cluster, Refused
from triton_serving.cluster_access.view import look
from triton_serving.rules.problems import UserError

NOBODY = "https://127.0.0.1:9"
SECRET = "c2VjcmV0LXRva2Vu"  # noqa: S105


def kubeconfig(user: object = None, *, current: str | None = "one") -> str:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": NOBODY, "insecure-skip-tls-verify": True}}],
        "users": [{"name": "u", "user": user or {"token": SECRET}}],
        "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u"}}],
    }
    return yaml.safe_dump(config | ({"current-context": current} if current else {}))


def login(script: str) -> dict[str, object]:
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script]}}


CREDENTIAL = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t"}}'
BAD: dict[str, tuple[str, str | None, str]] = {
    "no-yaml": (f"token: {SECRET}\nusers: [\n", None, "the kubeconfig: is no YAML (line 3)"),
    "something-else": (f"token: {SECRET}\n", None, "is no kubeconfig, it names no clusters"),
    "no-such-context": (kubeconfig(), "two", "has no context 'two'"),
    "no-current-context": (kubeconfig(current=None), None, "has no current context; choose one by 'context'"),
    "no-certificate": (kubeconfig({"client-certificate": "/no/such"}), None, "certificate file that does not exist"),
    "login-fails": (kubeconfig(login(f"echo {SECRET} >&2; exit 1")), None, "its login command does not work"),
    "login-says-nothing": (kubeconfig(login("true")), None, "its login command does not work"),
    "no-login-program": (
        kubeconfig({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": f"/{SECRET}"}}),
        None,
        "see that the program is installed (kubelogin, for AKS)",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_kubeconfig_that_cannot_be_used_is_told_with_the_way_out(
    name: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    text, context, expected = BAD[name]
    with pytest.raises(UserError) as told:
        Cluster.connect(text, context)
    written = capfd.readouterr()
    assert expected in str(told.value)
    assert SECRET not in str(told.value) + written.out + written.err + caplog.text


def test_a_login_command_gives_the_token() -> None:
    cluster = Cluster.connect(kubeconfig(login(f"echo '{CREDENTIAL}'")), None)
    assert cluster.authorization() == {"authorization": "Bearer t"}


def test_a_home_that_this_machine_does_not_know_is_told_as_a_kubeconfig_that_is_not_there() -> None:
    with pytest.raises(UserError, match="there is no kubeconfig at ~nobody-here/config; give one by"):
        Cluster.connect("~nobody-here/config", None)


def test_no_kubeconfig_at_all_is_told_with_the_places_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/one:{tmp_path}/two")
    with pytest.raises(UserError, match=f"there is no kubeconfig at {tmp_path}/one, {tmp_path}/two; give one by"):
        Cluster.connect(None, None)


@pytest.mark.parametrize(
    "given", [lambda path: str(path), lambda path: path.read_text(), lambda _: None], ids=["path", "text", "ambient"]
)
def test_a_kubeconfig_is_a_path_or_a_text_or_what_kubectl_would_take(
    given: Callable[[Path], str | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config"
    path.write_text(kubeconfig())
    monkeypatch.setenv("KUBECONFIG", str(path))
    assert Cluster.connect(given(path), None).configuration.host == NOBODY


def test_files_that_a_kubeconfig_names_are_looked_for_beside_it(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file")
    (tmp_path / "config").write_text(kubeconfig({"tokenFile": "token"}))
    cluster = Cluster.connect(str(tmp_path / "config"), None)
    assert cluster.authorization() == {"authorization": "Bearer from-a-file"}


def test_a_cluster_that_does_not_answer_is_away() -> None:
    with pytest.raises(Away, match="the cluster does not answer"):
        look(Cluster.connect(kubeconfig(), None), seconds=2)


def test_a_login_that_the_cluster_does_not_know_is_refused(cluster: SharedCluster) -> None:
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": SECRET}
    with pytest.raises(Refused, match="does not accept the kubeconfig's login; sign in again"):
        look(Cluster.connect(yaml.safe_dump(config), None))


def test_a_certificate_that_the_kubeconfig_does_not_trust_is_told(cluster: SharedCluster) -> None:
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    for key in "certificate-authority-data", "certificate-authority":
        config["clusters"][0]["cluster"].pop(key, None)
    with pytest.raises(UserError, match="certificate is not one that the kubeconfig trusts"):
        look(Cluster.connect(yaml.safe_dump(config), None))
