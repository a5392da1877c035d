"""Builds programs from Go modules. scripts/from_source/README.md says why and when."""

import contextlib
import hashlib
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .cache import cache_folder, locked
from .installed import installed_program
from .pins import ROOT
from .progress import say, step
from .ways import Unavailable

MODULES = ROOT / "scripts" / "from_source"
# What compiling one package takes at most, roughly: the machine must not swap.
BYTES_PER_COMPILER = 1_500_000_000


@dataclass(frozen=True)
class Binary:
    name: str
    module: Path
    """The folder with go.mod and go.sum, in which it is built."""
    package: str
    variables: tuple[str, ...] = ()
    """What the linker sets, each as variable=value."""
    tags: str = ""


@dataclass(frozen=True)
class Go:
    """The Go on this machine, in the version that is wanted."""

    program: Path

    def module_folder(self, module: Path, path: str) -> Path:
        """Where the source of a module lies that another one requires; downloaded if need be."""
        with step(f"downloading {path}"):
            self._run("mod", "download", path, at=module)
        return Path(self._run("list", "-m", "-f", "{{.Dir}}", path, at=module).strip())

    def build(self, binary: Binary, folder: Path, title: str) -> None:
        part = folder / f"{binary.name}.part"
        part.parent.mkdir(parents=True, exist_ok=True)
        compilers = parallel_compilers(len(os.sched_getaffinity(0)), _available_memory())
        linker = " ".join(["-s -w", *(f"-X {variable}" for variable in binary.variables)])
        command = [
            *[str(self.program), "build", "-v", "-p", str(compilers)],
            *["-tags", binary.tags, "-ldflags", linker, "-o", str(part), binary.package],
        ]
        with step(title) as progress:
            compiled, lines = 0, list[str]()
            with subprocess.Popen(
                command, cwd=binary.module, env=_environment(), stderr=subprocess.PIPE, text=True
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

    def _run(self, *arguments: str, at: Path) -> str:
        done = subprocess.run([self.program, *arguments], cwd=at, env=_environment(), capture_output=True, text=True)
        if done.returncode:
            raise Unavailable(f"{' '.join(arguments[:2])} failed: {done.stderr.strip()}")
        return done.stdout


def build_missing(
    binaries: Sequence[Binary], folder: Path, wanted: str, announcement: str, prepare: Callable[[Go], None]
) -> Path:
    """The last of the binaries, whose presence says that all is there; builds those that are not in the folder yet.

    `prepare` is called before anything is built, once `folder` is there.
    """
    program = folder / binaries[-1].name
    if program.exists():
        return program
    go = _go(wanted)
    with locked(cache_folder()):
        missing = [binary for binary in binaries if not (folder / binary.name).exists()]
        if missing:
            say(f"{announcement} once per machine; what is done is kept if this is stopped")
            folder.mkdir(parents=True, exist_ok=True)
            prepare(go)
        for number, binary in enumerate(missing, 1):
            go.build(binary, folder, f"[{number}/{len(missing)}] building {binary.name}")
    return program


def fingerprint(*modules: str) -> str:
    """Changes when what is built changes, so that a checkout never runs another one's programs."""
    digest = hashlib.sha256()
    files = (path for module in modules for path in (MODULES / module).rglob("*") if path.is_file())
    for file in sorted(path for path in files if path.suffix != ".md"):
        digest.update(f"{file.relative_to(MODULES)}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:8]


def parallel_compilers(processors: int, available_bytes: int) -> int:
    return max(1, min(processors, available_bytes // BYTES_PER_COMPILER))


def _go(wanted: str) -> Go:
    try:
        go = installed_program("go")
    except Unavailable:
        raise Unavailable(f"it needs Go {wanted} or later, and there is no go on PATH") from None
    # In a module's folder, so that a Go that may fetch a newer toolchain for it does.
    asked = subprocess.run([go, "version"], cwd=MODULES / "pulumi", env=_environment(), capture_output=True, text=True)
    if asked.returncode:
        raise Unavailable(f"{go} is older than {wanted}: {asked.stderr.strip()}")
    return Go(go)


def _environment() -> dict[str, str]:
    """The user's, so that their GOPROXY and caches count, less what would change what is built."""
    return os.environ | {
        "CGO_ENABLED": "0",
        "GOWORK": "off",
        "GOFLAGS": "-trimpath -buildvcs=false -mod=readonly",
    }


def _available_memory() -> int:
    meminfo = Path("/proc/meminfo").read_text()
    kilobytes = next(int(line.split()[1]) for line in meminfo.splitlines() if line.startswith("MemAvailable:"))
    limits = [kilobytes * 1024]
    # A container's own limit, in version 2 and 1 of control groups; "max" and absurdly high numbers mean none.
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            limits.append(int(Path(file).read_text()))
    return min(limits)
