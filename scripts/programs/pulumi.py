"""The Pulumi CLI with the language hosts for Python and YAML: installed, released, or built from source."""

import platform
import shutil
import tarfile
from pathlib import Path

from .cache import cache_folder, locked
from .download import fetch, read_soon
from .from_source import MODULES, Binary, Go, build_missing, fingerprint
from .installed import installed_program, output_of
from .pins import new_enough, pins, version_in
from .ways import Unavailable, Way, first_that_works

HOSTS = ("pulumi-language-python", "pulumi-language-yaml")
SDK = "github.com/pulumi/pulumi/sdk/v3"
# Scripts that the Python host starts; they come with the SDK's module and lie beside the host.
HOST_SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")
MACHINES = {"x86_64": "x64", "aarch64": "arm64"}  # as Pulumi names them in its releases


def provide() -> Path:
    return first_that_works(
        "The Pulumi CLI",
        [
            Way("an installed pulumi", _installed),
            Way("Pulumi's release", _released),
            Way("building from source", from_source),
        ],
        f"Install Pulumi {pins('pulumi')['version']} (https://www.pulumi.com/docs/install/) "
        f"or Go {pins('pulumi')['source']['go']} (https://go.dev/doc/install) and run this again.",
    )


def _installed() -> Path:
    program, minimum = installed_program("pulumi"), pins("pulumi")["minimum"]
    text = output_of(program, "version").strip()
    version = version_in(text)
    if version is None or not new_enough(version, minimum):
        raise Unavailable(f"{program} is {text}, needed is {minimum} or a later 3.x")
    # pulumi itself looks beside its real file and on PATH.
    missing = [host for host in HOSTS if not (program.resolve().with_name(host).exists() or _on_path(host))]
    if missing:
        raise Unavailable(f"{program} lacks its language hosts {' and '.join(missing)}")
    return program


def _on_path(name: str) -> bool:
    try:
        return bool(installed_program(name))
    except Unavailable:
        return False


def _released() -> Path:
    wanted, machine = pins("pulumi"), MACHINES.get(platform.machine())
    if platform.system() != "Linux" or machine is None:
        raise Unavailable(f"this script knows no release for {platform.system()} on {platform.machine()}")
    version = wanted["version"]
    folder = cache_folder() / f"pulumi-{version}"
    program = folder / "bin" / "pulumi"
    if program.exists():
        return program
    with locked(cache_folder()):
        if not program.exists():
            url = wanted["release"].format(version=version, machine=machine)
            archive = cache_folder() / url.rpartition("/")[2]
            fetch(url, archive, published_sha256(read_soon(wanted["checksums"].format(version=version)), archive.name))
            _unpack(archive, folder)
            archive.unlink()
    return program


def published_sha256(checksums: str, file: str) -> str:
    for line in checksums.splitlines():
        match line.split():
            case [digest, name] if name.lstrip("*") == file and len(digest) == 64:
                return digest
    raise Unavailable(f"the published checksums do not list {file}")


def _unpack(archive: Path, folder: Path) -> None:
    """The release is one folder of programs; nothing but its plain files is taken, by name."""
    unfinished = folder.with_name(folder.name + ".part")
    (unfinished / "bin").mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as programs:
        for member in programs:
            content = programs.extractfile(member) if member.isfile() else None
            if content is not None:
                target = unfinished / "bin" / Path(member.name).name
                target.write_bytes(content.read())
                target.chmod(0o755)
    unfinished.rename(folder)


def from_source() -> Path:
    source = pins("pulumi")["source"]
    names = ("pulumi", "pulumi-language-python", "pulumi-language-yaml")
    folder = cache_folder() / f"pulumi-{source['pulumi']}-source-{fingerprint(*names)}" / "bin"
    version = (f"{SDK}/go/common/version.Version=v{source['pulumi']}",)
    yaml = (f"github.com/pulumi/pulumi-yaml/pkg/version.Version=v{source['yaml']}",)
    tags = "osusergo,grpcnotrace"
    cli, python, yaml_host = (MODULES / name for name in names)
    binaries = [
        Binary("pulumi-language-python", python, ".", version, tags),
        Binary("pulumi-language-yaml", yaml_host, "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml", yaml),
        Binary("pulumi", cli, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", version, tags),
    ]

    def host_scripts(go: Go) -> None:
        sdk = go.module_folder(python, SDK)
        for script in HOST_SCRIPTS:
            target = folder / Path(script).name
            shutil.copyfile(sdk / script, target)
            target.chmod(0o755)

    return build_missing(binaries, folder, source["go"], "building Pulumi from source: 4 to 15 minutes", host_scripts)
