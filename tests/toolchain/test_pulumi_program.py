"""Where the Pulumi CLI comes from. The release is served on loopback; compilers and programs are pretended."""

import hashlib
import io
import platform
import socket
import tarfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from programs import download, from_source, pulumi
from programs.download import read_soon
from programs.ways import NothingWorked, Unavailable

PutProgram = Callable[[str, str], Path]
pytestmark = pytest.mark.usefixtures("folder")

CONTENTS = {"pulumi/pulumi": b"cli", "pulumi/pulumi-language-python": b"host", "pulumi/../../evil": b"evil"}


def archive() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in CONTENTS.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


class Releases(ThreadingHTTPServer):
    """A release and its checksums. `cut` ends the first download early; `ranges` is what was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.archive = archive()
        self.digest = hashlib.sha256(self.archive).hexdigest()
        self.cut = False
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Releases

    def do_GET(self) -> None:
        if self.path == "/sums":
            body = f"{self.server.digest}  pulumi-x64.tar.gz\n".encode()
            start = 0
        else:
            body = self.server.archive
            asked = self.headers["Range"]
            self.server.ranges.append(asked)
            start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        end = len(body)
        if self.server.cut and self.path != "/sums":
            self.server.cut, end = False, 50
        self.wfile.write(body[start:end])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def releases(monkeypatch: pytest.MonkeyPatch) -> Iterator[Releases]:
    with Releases() as server:
        pinned: dict[str, Any] = {
            "version": "3.272.0",
            "minimum": "3.259.0",
            "release": f"{server.url}/pulumi-{{machine}}.tar.gz",
            "checksums": f"{server.url}/sums",
            "source": {"pulumi": "3.259.0", "yaml": "1.38.1", "go": "1.26"},
        }
        monkeypatch.setattr(pulumi, "pins", lambda _: pinned)
        monkeypatch.setattr(platform, "machine", lambda: "x86_64")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def no_releases(releases: Releases) -> None:
    releases.digest = "not published"


def test_an_installed_pulumi_is_used_and_nothing_is_fetched(
    folder: Path, put_program: PutProgram, releases: Releases
) -> None:
    program = put_program("pulumi", "echo v3.260.0")
    put_program("pulumi-language-python", "")
    put_program("pulumi-language-yaml", "")
    assert pulumi.provide() == program
    assert releases.ranges == []
    assert not (folder / ".cache").exists()


@pytest.mark.parametrize("version", ["v3.258.0", "v4.0.0", "unknown"])
@pytest.mark.usefixtures("releases")
def test_an_installed_pulumi_of_another_version_is_passed_over(
    folder: Path, put_program: PutProgram, version: str
) -> None:
    put_program("pulumi", f"echo {version}")
    put_program("pulumi-language-python", "")
    put_program("pulumi-language-yaml", "")
    assert pulumi.provide() == folder / ".cache/triton-serving/toolchain/pulumi-3.272.0/bin/pulumi"


@pytest.mark.usefixtures("no_releases")
def test_an_installed_pulumi_without_its_language_hosts_is_passed_over(put_program: PutProgram) -> None:
    put_program("pulumi", "echo v3.260.0")
    put_program("pulumi-language-python", "")
    with pytest.raises(NothingWorked, match="lacks its language hosts pulumi-language-yaml"):
        pulumi.provide()


def test_a_release_is_unpacked_once_and_only_into_its_own_folder(folder: Path, releases: Releases) -> None:
    program = pulumi.provide()
    assert program.read_bytes() == b"cli"
    assert program.stat().st_mode & 0o111
    assert sorted(path.name for path in program.parent.iterdir()) == ["evil", "pulumi", "pulumi-language-python"]
    assert not list(folder.rglob("*.part"))
    assert pulumi.provide() == program
    assert len(releases.ranges) == 1


def test_a_download_that_was_cut_goes_on_where_it_stopped(releases: Releases) -> None:
    releases.cut = True
    with pytest.raises(NothingWorked, match="what came so far is kept"):
        pulumi.provide()
    assert pulumi.provide().read_bytes() == b"cli"
    assert releases.ranges == [None, "bytes=50-"]


def test_a_release_that_is_not_what_was_published_is_thrown_away(folder: Path, releases: Releases) -> None:
    releases.digest = "0" * 64
    with pytest.raises(NothingWorked, match="thrown away"):
        pulumi.provide()
    assert not list((folder / ".cache").rglob("*.tar.gz*"))


@pytest.mark.usefixtures("no_releases")
def test_when_nothing_works_each_way_says_why_and_what_to_install() -> None:
    with pytest.raises(NothingWorked) as failure:
        pulumi.provide()
    text = str(failure.value)
    assert "an installed pulumi: there is no pulumi on PATH" in text
    assert "Pulumi's release: the published checksums do not list pulumi-x64.tar.gz" in text
    assert "building from source: it needs Go 1.26 or later, and there is no go on PATH" in text
    assert text.splitlines()[-1].startswith("Install Pulumi 3.272.0")


def test_a_host_out_of_reach_is_a_reason() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match=r"/sums: .*refused"):
            read_soon(f"http://127.0.0.1:{deaf.getsockname()[1]}/sums")


def test_a_host_that_never_answers_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "FIRST_CONTACT", 0.1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(Unavailable, match=r"timed out|did not answer"):
            read_soon(f"http://127.0.0.1:{silent.getsockname()[1]}/sums")


GO = """
case "$1" in
  version) echo go version go1.26.0 linux/amd64 ;;
  mod) ;;
  list) echo "$HOME/sdk" ;;
  build)
    while [ "$1" != -o ]; do shift; done
    case "$2" in *"$FAILING.part") echo "main.go:1: broken" >&2; exit 1 ;; esac
    echo "$2" >> "$HOME/built"; echo program > "$2"; chmod +x "$2" ;;
esac
"""


@pytest.fixture
def go(folder: Path, put_program: PutProgram, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A go that writes down what it builds, and the folder of the SDK that it would have downloaded."""
    put_program("go", GO)
    monkeypatch.setenv("FAILING", "none")
    for script in pulumi.HOST_SCRIPTS:
        (folder / "sdk" / script).parent.mkdir(parents=True)
        (folder / "sdk" / script).touch()
    return folder


def test_from_source_comes_the_cli_with_both_hosts_and_their_scripts(go: Path) -> None:
    program = pulumi.from_source()
    assert sorted(path.name for path in program.parent.iterdir()) == [
        "pulumi",
        "pulumi-language-python",
        "pulumi-language-python-exec",
        "pulumi-language-yaml",
        "pulumi-resource-pulumi-python",
    ]
    built = (go / "built").read_text()
    assert pulumi.from_source() == program
    assert (go / "built").read_text() == built


def test_a_build_that_failed_says_why_and_the_next_run_builds_only_what_is_missing(
    go: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAILING", "bin/pulumi")
    with pytest.raises(Unavailable, match=r"go build of pulumi failed:\nmain.go:1: broken"):
        pulumi.from_source()
    monkeypatch.setenv("FAILING", "none")
    pulumi.from_source()
    names = [Path(line).name for line in (go / "built").read_text().splitlines()]
    assert names == ["pulumi-language-python.part", "pulumi-language-yaml.part", "pulumi.part"]


@pytest.mark.parametrize(("processors", "gigabytes", "compilers"), [(2, 16, 2), (16, 4, 2), (4, 0.5, 1), (64, 128, 64)])
def test_as_many_compilers_run_as_there_are_processors_and_memory_for(
    processors: int, gigabytes: float, compilers: int
) -> None:
    assert from_source.parallel_compilers(processors, int(gigabytes * 1e9)) == compilers
