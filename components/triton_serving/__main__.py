"""`python -m triton_serving check DIR…`: the checks of a preview for hooks and CI, without Pulumi."""

import argparse
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from .models.check import Check, check_directory

DESCRIPTION = """\
Checks model directories as a preview would, without Pulumi, network or GPU.

A directory is either a Triton model repository or a folder that contains one called 'triton':
  models/triton/<model>/config.pbtxt
  models/triton/<model>/<version>/model.onnx
"""
EPILOG = """\
Problems go to standard output, one per line: path:line: what must hold (what was found); the way out [rule].
Notices go to standard error. Exit code: 0 all is well, 1 there are problems, 2 wrong usage.

As a pre-commit hook:
  - id: triton-models
    name: Triton model directories
    language: system
    entry: python -m triton_serving check models
    pass_filenames: false
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m triton_serving", description="Tools around Triton model directories that need no Pulumi."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="check model directories",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("directories", nargs="+", type=Path, metavar="DIR", help="a model directory")
    check.add_argument("--quiet", action="store_true", help="tell problems only: no notices, no summary")
    given = parser.parse_args(arguments)
    # Each report is written before the next directory is looked at; a list, so that none is skipped.
    return max([_report(directory, given.quiet) for directory in given.directories])


def _report(directory: Path, quiet: bool) -> int:
    found = check_directory(directory)
    if not quiet:
        sys.stderr.writelines(f"{notice}\n" for notice in found.notices)
    sys.stdout.writelines(f"{problem}\n" for problem in found.problems)
    if not quiet and not found.problems:
        sys.stdout.write(f"{directory}: {_summary(found)}\n")
    return 1 if found.problems else 0


def _summary(found: Check) -> str:
    files = found.tree.files
    parts = [
        _count(len(found.models), "model"),
        f"{_count(sum(len(model.served) for model in found.models), 'version')} served",
        f"{_count(len(files), 'file')} of {sum(file.size for file in files):,} bytes",
    ]
    if on_gpu := [model.name for model in found.models if model.asks_for_gpu]:
        parts.append(f"needs a GPU for {', '.join(on_gpu)}")
    return "fine: " + ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without UTF-8 must not hide a problem
    sys.exit(main())
