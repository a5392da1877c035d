"""`python -m triton_serving.models.fetch REFERENCE FOLDER`: the files of a model version, out of its image.

For an init container, where the kubelet cannot mount images: fills an empty folder, every byte verified. Started again,
it begins anew. Logins come from Docker's configuration, the folder that DOCKER_CONFIG names.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from ..rules.problems import UserError
from ..rules.wording import shown
from .image_config import Inventory, read_inventory
from .pull import pull
from .registry.open import image_config, open_image
from .work import Work

WORKERS = 4
"""Each holds a piece of 16 MiB, and init containers have little memory on nodes with many cores."""
TELL_SECONDS = 5.0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m triton_serving.models.fetch", description="Copies a model version out of its image."
    )
    parser.add_argument("reference", help="the image by digest: registry.example.com/team/digits@sha256:…")
    parser.add_argument("folder", type=Path, help="an empty folder, or one that this command has begun to fill")
    parser.add_argument("--allow-plain-http", action="store_true", help="the registry may be one without TLS")
    given = parser.parse_args(arguments)
    # The first process of a container would not end by itself. What is half done, the next start throws away.
    signal.signal(signal.SIGTERM, lambda number, _: os._exit(128 + number))
    try:
        files = fetch(given.reference, given.folder, given.allow_plain_http, Work(_now_and_then()))
    except (UserError, OSError) as error:
        _tell(sys.stderr, f"the model was not fetched: {_reason(error)}")
        return 1
    size = sum(size for size, _ in files.values())
    _tell(sys.stdout, f"{given.reference}: {len(files):,} files of {size:,} bytes, each as published")
    return 0


def fetch(reference: str, folder: Path, allow_plain_http: bool, work: Work) -> Inventory:
    """What the folder then holds. Raises `UserError` or `OSError`, and what the folder holds is of no use."""
    registry, name, digest = open_image(reference, allow_plain_http, work)
    config = image_config(reference, allow_plain_http, work)
    files = {} if config is None else read_inventory(config)
    folder.mkdir(parents=True, exist_ok=True)
    _empty(folder, files)
    pull(registry, name, digest, folder, work, WORKERS)
    return files


def _empty(folder: Path, ours: Inventory) -> None:
    """Removes what an earlier start left. Of what else is there, nothing is touched."""
    strange = next((path for path in _files(folder) if str(path.relative_to(folder)) not in ours), None)
    if strange is not None:
        raise UserError(
            f"{folder} must be empty (it holds {shown(str(strange.relative_to(folder)))}, "
            "which is not of this image); name another folder"
        )
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _files(folder: Path) -> Iterator[Path]:
    """All but the folders; links are not followed."""
    for place, folders, files in os.walk(folder):
        yield from (Path(place, name) for name in files)
        yield from (path for path in (Path(place, name) for name in folders) if path.is_symlink())


def _now_and_then() -> Callable[[str], None]:
    """A log is read later: not every step belongs in there."""
    quiet_until = 0.0

    def say(text: str) -> None:
        nonlocal quiet_until
        if time.monotonic() >= quiet_until:
            quiet_until = time.monotonic() + TELL_SECONDS
            _tell(sys.stdout, text)

    return say


def _tell(stream: TextIO, text: str) -> None:
    stream.write(f"{text}\n")
    stream.flush()


def _reason(error: UserError | OSError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'the folder'}: {error.strerror}; name a folder that may be written to and has room"
    return " ".join(str(error).splitlines())


if __name__ == "__main__":
    sys.exit(main())
