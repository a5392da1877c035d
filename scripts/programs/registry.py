"""docker-registry, the OCI registry that tests push to: an installed one, else the one in Debian's package.

The package is unpacked into the cache folder: nothing on the system changes and no rights are needed.
"""

import shutil
from pathlib import Path

from .cache import cache_folder, locked
from .debian import unpack
from .installed import installed_program, output_of
from .progress import step
from .ways import Way, first_that_works

PROGRAM = "docker-registry"


def provide() -> Path:
    return first_that_works(
        PROGRAM,
        [Way("an installed docker-registry", _installed), Way("Debian's package", _from_debian)],
        "Install docker-registry by hand (Debian and Ubuntu: apt-get install docker-registry) and run this again.",
    )


def _installed() -> Path:
    return _that_runs(installed_program(PROGRAM))


def _from_debian() -> Path:
    folder = cache_folder() / PROGRAM
    program = folder / "root" / "usr" / "bin" / PROGRAM
    if program.exists():
        return program
    with locked(folder), step("getting docker-registry from the Debian archive"):
        if not program.exists():
            new = folder / "new"
            shutil.rmtree(new, ignore_errors=True)
            unpack([PROGRAM], new)
            _that_runs(new / "usr" / "bin" / PROGRAM)
            new.rename(folder / "root")
    return program


def _that_runs(program: Path) -> Path:
    output_of(program, "--version")
    return program
