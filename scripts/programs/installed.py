"""Programs that are on the machine already."""

import os
import shutil
import subprocess
from pathlib import Path

from .pins import ROOT
from .ways import Unavailable


def installed_program(name: str) -> Path:
    """The program on PATH, not counting this checkout's own links to programs."""
    own = ROOT / ".tools" / "bin"
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder and Path(folder) != own]
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        raise Unavailable(f"there is no {name} on PATH")
    return Path(found).absolute()


def output_of(program: Path, *arguments: str) -> str:
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"{program} does not run: {error}") from error
    return done.stdout
