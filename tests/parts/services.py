"""Services of this machine as tests see them: what runs for one, what it left, and the project's program around it."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Self

from triton_serving.models.user_folders import cache_home

from .engine import ServiceProgram
from .load import eventually
from .triton import installation


class Service(ServiceProgram):
    """The project's own program on a free port, with the programs that this machine has installed."""

    def make(self) -> Self:
        super().make()
        borrow_programs(self.cache)
        self.set(port=0)
        return self

    @property
    def home(self) -> Path:
        """The folder of the one service there is."""
        (folder,) = (self.data / "triton-serving" / "services").iterdir()
        return folder

    def processes(self, name: str = "") -> list[int]:
        """All processes that run in the folder of a service, or those of them whose command line holds a word."""
        return [pid for pid in running_below(self.data) if name in command_line(pid)]

    def kill(self, name: str) -> None:
        for pid in self.processes(name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_everything(self) -> None:
        end_everything_below(self.data)


def borrow_programs(cache: Path) -> None:
    """The programs of this machine, which are installed now if nobody did so before, for a cache folder of a test."""
    installation()
    ours = cache / "triton-serving"
    ours.mkdir(parents=True)
    for there in cache_home().glob("programs-*"):
        if there.suffix != ".building":  # which will be gone, and in the way of who wants to build then
            (ours / there.name).symlink_to(there)


def end_everything_below(folder: Path) -> None:
    """As when the machine goes down; also what is started again meanwhile, and the shared memory of all of it."""

    def none_left() -> bool:
        for pid in running_below(folder):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not running_below(folder)

    eventually(none_left, "everything is dead")
    for service in folder.glob("triton-serving/services/*"):
        for region in Path("/dev/shm").glob(f"triton-serving-{service.name}-*"):
            region.unlink(missing_ok=True)


def running_below(folder: Path) -> list[int]:
    """Processes whose working folder is inside of a folder, or was before that was removed."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            place = str((entry / "cwd").readlink()).removesuffix(" (deleted)")
            if Path(place).is_relative_to(folder.resolve()):
                found.append(int(entry.name))
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
