"""promtool, which evaluates the rules for Prometheus in tests: an installed one, else the one of Debian's package."""

from pathlib import Path

from .debian import unpacked
from .installed import installed_program, output_of
from .ways import Way, first_that_works

PROGRAM = "promtool"


def provide() -> Path:
    return first_that_works(
        PROGRAM,
        [
            Way("an installed promtool", lambda: _that_runs(installed_program(PROGRAM))),
            Way("Debian's package", lambda: _that_runs(unpacked("prometheus") / "usr" / "bin" / PROGRAM)),
        ],
        "Install promtool by hand (Debian and Ubuntu: apt-get install prometheus) and run this again.",
    )


def _that_runs(program: Path) -> Path:
    output_of(program, "--version")
    return program
