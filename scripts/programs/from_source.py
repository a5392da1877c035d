"""Builds the Pulumi CLI and its language hosts from Go modules. scripts/from_source/README.md says why and when."""

import contextlib
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .cache import cache_folder, locked
from .installed import installed_program
from .pins import ROOT, pins
from .progress import say, step
from .ways import Unavailable

MODULES = ROOT / "scripts" / "from_source"
SDK = "github.com/pulumi/pulumi/sdk/v3"
# Scripts that the Python host starts; they come with the SDK's module and lie beside the host.
HOST_SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")
# What compiling one package takes at most, roughly: the machine must not swap.
BYTES_PER_COMPILER = 1_500_000_000


@dataclass(frozen=True)
class Binary:
    name: str
    package: str
    version: str
    """The variable that the linker sets, and to what."""
    tags: str = ""


def pulumi() -> Path:
    source = pins("pulumi")["source"]
    folder = cache_folder() / f"pulumi-{source['pulumi']}-source-{_fingerprint()}" / "bin"
    cli = f"{SDK}/go/common/version.Version=v{source['pulumi']}"
    tags = "osusergo,grpcnotrace"
    binaries = [
        Binary("pulumi-language-python", ".", cli, tags),
        Binary(
            "pulumi-language-yaml",
            "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
            f"github.com/pulumi/pulumi-yaml/pkg/version.Version=v{source['yaml']}",
        ),
        # Last: its presence says that all is there.
        Binary("pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", cli, tags),
    ]
    program = folder / "pulumi"
    if program.exists():
        return program
    go = _go(source["go"])
    with locked(cache_folder()):
        missing = [binary for binary in binaries if not (folder / binary.name).exists()]
        if missing:
            say(
                "building Pulumi from source: 4 to 15 minutes once per machine; what is done is kept if this is stopped"
            )
            folder.mkdir(parents=True, exist_ok=True)
            _host_scripts(go, folder)
        for number, binary in enumerate(missing, 1):
            _build(go, binary, folder, f"[{number}/{len(missing)}] building {binary.name}")
    return program


def parallel_compilers(processors: int, available_bytes: int) -> int:
    return max(1, min(processors, available_bytes // BYTES_PER_COMPILER))


def _fingerprint() -> str:
    """Changes when what is built changes, so that a checkout never runs another one's programs."""
    digest = hashlib.sha256()
    for file in sorted(path for path in MODULES.rglob("*") if path.is_file() and path.suffix != ".md"):
        digest.update(f"{file.relative_to(MODULES)}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:8]


def _go(wanted: str) -> Path:
    try:
        go = installed_program("go")
    except Unavailable:
        raise Unavailable(f"it needs Go {wanted} or later, and there is no go on PATH") from None
    # In the module's folder, so that a Go that may fetch a newer toolchain for it does.
    asked = subprocess.run([go, "version"], cwd=MODULES / "pulumi", env=_environment(), capture_output=True, text=True)
    if asked.returncode:
        raise Unavailable(f"{go} is older than {wanted}: {asked.stderr.strip()}")
    return go


def _environment() -> dict[str, str]:
    """The user's, so that their GOPROXY and caches count, less what would change what is built."""
    return os.environ | {
        "CGO_ENABLED": "0",
        "GOWORK": "off",
        "GOFLAGS": "-trimpath -buildvcs=false -mod=readonly",
    }


def _host_scripts(go: Path, folder: Path) -> None:
    module = MODULES / "pulumi-language-python"
    with step("downloading Pulumi's Go SDK"):
        _run([str(go), "mod", "download", SDK], module)
    sdk = Path(_run([str(go), "list", "-m", "-f", "{{.Dir}}", SDK], module).strip())
    for script in HOST_SCRIPTS:
        target = folder / Path(script).name
        shutil.copyfile(sdk / script, target)
        target.chmod(0o755)


def _build(go: Path, binary: Binary, folder: Path, title: str) -> None:
    part = folder / f"{binary.name}.part"
    compilers = parallel_compilers(len(os.sched_getaffinity(0)), _available_memory())
    command = [
        *[str(go), "build", "-v", "-p", str(compilers)],
        *["-tags", binary.tags, "-ldflags", f"-s -w -X {binary.version}", "-o", str(part), binary.package],
    ]
    with step(title) as progress:
        compiled, lines = 0, list[str]()
        with subprocess.Popen(
            command, cwd=MODULES / binary.name, env=_environment(), stderr=subprocess.PIPE, text=True
        ) as build:
            for line in build.stderr or ():
                if line.startswith("go: downloading"):
                    progress.detail = line.removeprefix("go: ").strip()
                else:
                    # With -v a line is a package that was compiled, or part of an error.
                    compiled += 1
                    progress.detail = f"{compiled} packages compiled"
                    lines = [*lines[-19:], line]
        if build.returncode:
            raise Unavailable(f"go build of {binary.name} failed:\n{''.join(lines).rstrip()}")
    part.rename(folder / binary.name)


def _available_memory() -> int:
    meminfo = Path("/proc/meminfo").read_text()
    kilobytes = next(int(line.split()[1]) for line in meminfo.splitlines() if line.startswith("MemAvailable:"))
    limits = [kilobytes * 1024]
    # A container's own limit, in version 2 and 1 of control groups; "max" and absurdly high numbers mean none.
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            limits.append(int(Path(file).read_text()))
    return min(limits)


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True)
    if done.returncode:
        raise Unavailable(f"{' '.join(command[1:3])} failed: {done.stderr.strip()}")
    return done.stdout
