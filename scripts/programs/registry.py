"""docker-registry, the OCI registry of tests and of the cluster: an installed one, else the one of Debian's package."""

from pathlib import Path

from .debian import unpacked
from .installed import installed_program, output_of
from .ways import Way, first_that_works

PROGRAM = "docker-registry"


def provide() -> Path:
    return first_that_works(
        PROGRAM,
        [
            Way("an installed docker-registry", lambda: _that_runs(installed_program(PROGRAM))),
            Way("Debian's package", lambda: _that_runs(unpacked(PROGRAM) / "usr" / "bin" / PROGRAM)),
        ],
        "Install docker-registry by hand (Debian and Ubuntu: apt-get install docker-registry) and run this again.",
    )


def _that_runs(program: Path) -> Path:
    output_of(program, "--version")
    return program
