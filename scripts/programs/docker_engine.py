"""dockerd with all that it starts: Debian's packages, unpacked into the cache folder, for tests.

Nothing is installed, and no daemon of this machine is asked: tests start their own (tests/parts/docker_engine.py).
"""

from pathlib import Path

from .debian import unpacked
from .ways import Way, first_that_works

PROGRAM = "docker.io"
PACKAGES = (
    *("containerd", "runc", "iptables", "tini"),
    *("libdevmapper1.02.1", "libsystemd0", "libseccomp2", "libapparmor1"),
    *("libip4tc2", "libip6tc2", "libxtables12", "libmnl0", "libnetfilter-conntrack3", "libnfnetlink0", "libnftnl11"),
)
"""What a container, a bridge and a published port need, with the libraries that a small machine may lack."""


def provide() -> Path:
    return first_that_works(
        "Docker's engine",
        [Way("Debian's packages", lambda: unpacked(PROGRAM, *PACKAGES) / "usr" / "sbin" / "dockerd")],
        "Use Debian 12 or a derivative: apt-get download docker.io has to work.",
    )


def environment(dockerd: Path) -> dict[str, str]:
    """PATH and libraries for a dockerd that was not installed."""
    root = dockerd.parents[2]
    places = [root / place for place in ("usr/sbin", "usr/bin", "sbin", "bin")]
    libraries = sorted({str(file.parent) for file in root.rglob("*.so*")})
    modules = root / "usr" / "lib" / "x86_64-linux-gnu" / "xtables"
    return {
        "PATH": ":".join([*map(str, places), "/usr/sbin:/usr/bin:/sbin:/bin"]),
        "LD_LIBRARY_PATH": ":".join(libraries),
        "XTABLES_LIBDIR": str(modules),
    }
