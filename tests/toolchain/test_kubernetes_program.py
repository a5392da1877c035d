"""The programs of a cluster, in one folder. Compilers and packages are pretended."""

from collections.abc import Callable
from pathlib import Path

import pytest
from programs import kubernetes
from programs.ways import NothingWorked

PutProgram = Callable[[str, str], Path]

GO = """
case "$1" in
  version) echo go version go1.26.0 linux/amd64 ;;
  mod) ;;
  list) echo "$HOME/kwok" ;;
  build)
    while [ "$1" != -o ]; do shift; done
    echo program > "$2"; chmod +x "$2" ;;
esac
"""


@pytest.fixture(autouse=True)
def packages(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which every Debian package is unpacked already."""
    root = folder / "debian"
    for file in ("usr/sbin/runc", "usr/sbin/nft", "usr/lib/libnftables.so.1"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    monkeypatch.setattr(kubernetes, "unpacked", lambda *_: root)
    return root


@pytest.fixture
def go(folder: Path, put_program: PutProgram) -> None:
    put_program("go", GO)
    for pattern in kubernetes.STAGE_FILES:
        file = folder / "kwok" / "kustomize" / "stage" / pattern.replace("*", "some-")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"name: {file.stem}\n")


@pytest.mark.usefixtures("go")
def test_everything_a_cluster_runs_lies_in_one_folder(packages: Path) -> None:
    folder = kubernetes.provide().parent
    names = {path.name for path in folder.iterdir()}
    assert {*kubernetes.COMPONENTS, "kubernetes", "containerd", "ctr", "runc", "nft", "kwok", "pause"} <= names
    assert {path.name for path in (folder / "cni").iterdir()} == {"ptp", "loopback", "host-local"}
    assert (folder / "kubelet").readlink() == Path("kubernetes")
    assert (folder / "runc").readlink() == packages / "usr/sbin/runc"
    assert (folder / kubernetes.KWOK_STAGES).read_text().count("---\n") == len(kubernetes.STAGE_FILES) - 1


@pytest.mark.usefixtures("go")
def test_an_installed_nft_is_used_and_debians_brings_its_libraries(put_program: PutProgram, packages: Path) -> None:
    brought = kubernetes.provide().with_name("nft")
    assert f'LD_LIBRARY_PATH="{packages}/usr/lib" exec "{packages}/usr/sbin/nft"' in brought.read_text()
    (brought.with_name("kubernetes")).unlink()
    installed = put_program("nft", "")
    assert kubernetes.provide().with_name("nft").readlink() == installed


def test_without_go_it_says_what_to_install() -> None:
    with pytest.raises(NothingWorked, match=r"there is no go on PATH\nInstall Go 1\.26"):
        kubernetes.provide()


def test_the_pins_are_those_of_the_modules() -> None:
    pinned = kubernetes.pins("kubernetes")
    modules = {name: (kubernetes.MODULES / name / "go.mod").read_text() for name in kubernetes.MODULE_FOLDERS}
    assert f"k8s.io/kubernetes v{pinned['version']}" in modules["kubernetes"]
    assert f"sigs.k8s.io/kwok v{pinned['kwok']}" in modules["kubernetes"]
    assert f"github.com/containerd/containerd/v2 v{pinned['containerd']}" in modules["containerd"]
