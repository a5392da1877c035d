"""Which folder belongs to which resource, so that a run that was killed is taken over and never leaves an orphan.

A resource's id is `<folder>:<turn>`. Creating a resource whose folder is already there begins a new turn in it;
deleting an older turn (`pulumi up --replace` deletes after it creates) then leaves the folder to its successor.
"""

import hashlib
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from ..local_runtime.service import services_home
from .values import Properties

_TURN = "turn"


@dataclass(frozen=True)
class Place:
    folder: Path
    turn: str = ""

    def take(self) -> str:
        """Begins a new turn and returns the resource's id."""
        turn = secrets.token_hex(4)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / _TURN).write_text(turn)
        return f"{self.folder.name}:{turn}"

    def is_current(self) -> bool:
        """Whether nobody took the folder over since; also when it is gone, so that what is left of it can be ended."""
        try:
            return (self.folder / _TURN).read_text() == self.turn
        except FileNotFoundError:
            return True

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def place_of(resource_id: str, state: Properties) -> Place:
    return Place(folder_of(state), resource_id.rpartition(":")[2])


def folder_of(state: Properties) -> Path:
    """As the state has it: whoever sets XDG_DATA_HOME anew afterwards must not leave a service behind."""
    return Path(state["logs"]).parent


def find_place(urn: str, service: str) -> Place:
    """The folder of a resource that is to be created: told apart by stack, resource and checkout, and the same again
    after a crash."""
    owner = hashlib.sha256(f"{urn}\n{Path.cwd()}".encode()).hexdigest()[:8]
    there = sorted(services_home().glob(f"*-{owner}"))
    return Place(there[0] if there else services_home() / f"{service}-{owner}")
