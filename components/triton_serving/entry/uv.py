"""uv, which makes the Python environments: run so that the user can stop it, its troubles told with the way out."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from ..models.work import Work
from ..rules.problems import UserError

_LAST_LINES = 12
_WAYS_OUT = (
    (("No space left on device", "Disk quota exceeded"), "free space there, or set XDG_CACHE_HOME and UV_CACHE_DIR"),
    (("No interpreter found", "No Python found"), "install it (Debian: apt install python3.11; or uv python install)"),
    (
        ("error sending request", "Failed to fetch", "dns error", "onnection refused", "network was disabled"),
        "check the network; a proxy is named in HTTPS_PROXY, a mirror of PyPI in UV_DEFAULT_INDEX",
    ),
    (("not found in the package registry",), "correct the package's name, or the index that uv is set to"),
    (("there is no version of", "has no wheels with"), "ask for a version that the index has, for this Python"),
    (("No solution found",), "ask for versions that go together"),
    (("Hash mismatch", "hash mismatch"), "correct the hashes, or find out who changed the package"),
    (
        ("Failed to build", "build backend"),
        "ask for a version that is built for this Python, or install what building needs",
    ),
    (("Permission denied", "Read-only file system"), "make that folder writable, or set XDG_CACHE_HOME"),
)


def run_uv(*arguments: str | Path, task: str, work: Work) -> None:
    """`task` says what for, as it is shown while it runs: installing Triton. Raises `UserError` with uv's reason."""
    program = os.environ.get("UV") or shutil.which("uv")
    if program is None:
        raise UserError(
            f"{task}: the program uv was not found; put it on PATH or its path into UV "
            "(https://docs.astral.sh/uv/getting-started/installation/)"
        )
    with tempfile.TemporaryFile() as said:
        try:
            # A session of its own: Ctrl-C reaches this process alone, which then ends uv with all that uv started.
            process = subprocess.Popen(  # noqa: S603 - the user's own uv
                [program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                env={**os.environ, "NO_COLOR": "1"},
            )
        except OSError as error:
            raise UserError(f"{task}: {program} cannot be run ({error.strerror}); install uv anew") from error
        try:
            _wait(process, task, work)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.returncode:
            said.seek(0)
            raise UserError(_told(task, said.read().decode(errors="replace")))


def _wait(process: "subprocess.Popen[bytes]", task: str, work: Work) -> None:
    begun = time.monotonic()
    shown = 0
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
            return
        work.checkpoint()
        seconds = int(time.monotonic() - begun)
        if seconds > shown:
            shown = seconds
            work.say(f"{task}: {seconds} s")


def _told(task: str, said: str) -> str:
    lines = [line.rstrip() for line in said.splitlines() if line.strip() and not line.startswith("warning:")]
    unbroken = " ".join(said.split())
    way_out = next((way for words, way in _WAYS_OUT if any(word in unbroken for word in words)), None)
    reason = "\n  ".join(lines[-_LAST_LINES:]) or "uv ended without a word"
    return f"{task} failed; {way_out or 'put right what uv says'}:\n  {reason}"
