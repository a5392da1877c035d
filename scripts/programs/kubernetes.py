"""A one-machine Kubernetes: the programs of scripts/cluster, built from Go modules, and runc and nft of Debian.

There is one way only: no package and no release has all of it, and images are out of reach where clusters are needed
for tests. One folder holds everything, so that a version is a folder.
"""

from pathlib import Path

from .cache import cache_folder
from .debian import unpacked
from .from_source import MODULES, Binary, Go, build_missing, fingerprint
from .installed import installed_program
from .pins import pins
from .ways import Unavailable, Way, first_that_works

PROGRAM = "kubernetes"
COMPONENTS = (
    *("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"),
    *("kubectl", "coredns", "test-device-plugin"),
)
"""What the one binary is called by."""
CNI = "github.com/containernetworking/plugins/plugins"
CNI_PLUGINS = ("main/ptp", "main/loopback", "ipam/host-local")
KWOK = "sigs.k8s.io/kwok"
KWOK_STAGES = "kwok-stages.yaml"
STAGE_FILES = ("node/fast/node-initialize.yaml", "node/heartbeat-with-lease/*lease.yaml", "pod/fast/pod-*.yaml")
"""What fake nodes and their pods do, of kwok's own samples: become ready at once."""
NFT_LIBRARIES = (
    "libnftables1",
    "libnftnl11",
    "libmnl0",
    "libjansson4",
    "libedit2",
    "libxtables12",
    "libbsd0",
    "libmd0",
)
MODULE_FOLDERS = ("kubernetes", "containerd", "metrics-server")


def provide() -> Path:
    """The binary that is every component, with all the others in its folder."""
    return first_that_works(
        "Kubernetes",
        [Way("building from source", from_source)],
        f"Install Go {pins(PROGRAM)['go']} (https://go.dev/doc/install) and run this again; "
        "a cluster of your own does as well.",
    )


def from_source() -> Path:
    wanted = pins(PROGRAM)
    folder = cache_folder() / f"kubernetes-{wanted['version']}-{fingerprint(*MODULE_FOLDERS)}" / "bin"
    kubernetes, containerd, metrics = (MODULES / name for name in MODULE_FOLDERS)
    containers = "urfave_cli_no_docs osusergo netgo"
    containerd_version = (f"github.com/containerd/containerd/v2/version.Version=v{wanted['containerd']}",)
    binaries = [
        Binary("pause", containerd, "./pause"),
        *(Binary(f"cni/{Path(name).name}", containerd, f"{CNI}/{name}") for name in CNI_PLUGINS),
        Binary("containerd", containerd, ".", containerd_version, f"{containers} no_btrfs no_zfs no_devmapper"),
        Binary(
            "containerd-shim-runc-v2",
            containerd,
            "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
            containerd_version,
            containers,
        ),
        Binary("kwok", kubernetes, f"{KWOK}/cmd/kwok", (f"{KWOK}/pkg/consts.Version=v{wanted['kwok']}",)),
        Binary("metrics-server", metrics, "sigs.k8s.io/metrics-server/cmd/metrics-server"),
        Binary(PROGRAM, kubernetes, ".", _versions(wanted["version"])),
    ]

    def prepare(go: Go) -> None:
        for component in COMPONENTS:
            _link(folder / component, PROGRAM)
        _link(folder / "ctr", "containerd")
        _link(folder / "runc", unpacked("runc") / "usr" / "sbin" / "runc")
        _nft(folder)
        stages = go.module_folder(kubernetes, KWOK) / "kustomize" / "stage"
        files = [file for pattern in STAGE_FILES for file in sorted(stages.glob(pattern))]
        (folder / KWOK_STAGES).write_text("---\n".join(file.read_text() for file in files))

    announcement = "building Kubernetes from source: 5 to 15 minutes"
    return build_missing(binaries, folder, wanted["go"], announcement, prepare)


def _versions(version: str) -> tuple[str, ...]:
    major, minor, _ = version.split(".")
    base = "k8s.io/component-base/version"
    return (
        f"{base}.gitVersion=v{version}",
        f"{base}.gitMajor={major}",
        f"{base}.gitMinor={minor}",
        f"{base}.gitTreeState=clean",
        f"k8s.io/client-go/pkg/version.gitVersion=v{version}",
    )


def _nft(folder: Path) -> None:
    """nft, with which kube-proxy writes its rules: an installed one, else Debian's beside its own libraries."""
    try:
        nft = installed_program("nft")
    except Unavailable:
        root = unpacked("nftables", *NFT_LIBRARIES)
        (libraries,) = {file.parent for file in root.rglob("libnftables.so.1")}
        script = folder / "nft.new"
        script.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH="{libraries}" exec "{root}/usr/sbin/nft" "$@"\n')
        script.chmod(0o755)
        script.replace(folder / "nft")
    else:
        _link(folder / "nft", nft)


def _link(at: Path, target: Path | str) -> None:
    at.unlink(missing_ok=True)
    at.symlink_to(target)
