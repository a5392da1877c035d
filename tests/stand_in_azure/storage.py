"""What is kept in the folder: one file, open to one process and thread at a time, and a log of calls."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import ids


@dataclass
class World:
    """Azure as it is right now."""

    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By id in lower case: `id`, `token` of its kind (none for what the stand-in does not make), `body`."""
    calls: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)
    taken_names: list[str] = field(default_factory=list)
    """Names of registries that somebody else in Azure has."""
    kubernetes: dict[str, Any] = field(default_factory=dict)
    """What was in the local cluster before it stood in for one of Azure's, and what nodes were given."""

    def get(self, identity: str) -> dict[str, Any] | None:
        found = self.resources.get(ids.key(identity))
        return found["body"] if found else None

    def put(self, identity: str, token: str | None, body: Mapping[str, Any]) -> None:
        self.resources[ids.key(identity)] = {"id": identity, "token": token, "body": dict(body)}

    def of(self, name: str) -> list[dict[str, Any]]:
        """The bodies of all resources of a kind, oldest first."""
        return [one["body"] for one in self.resources.values() if (one["token"] or "").endswith(f":{name}")]

    def remove(self, identity: str) -> list[str]:
        """With all that lies within; says what went."""
        gone = [kept for kept in self.resources if kept == ids.key(identity) or ids.within(kept, identity)]
        for kept in gone:
            del self.resources[kept]
        return gone


@dataclass(frozen=True)
class Settings:
    kubeconfig: str | None = None
    registry: str | None = None
    taint_nodes: bool = True
    pause: float = 0.05
    """Seconds before a call is tried again, however long Azure asks to wait."""


class Storage:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._log = folder / "calls.jsonl"

    @contextmanager
    def open(self) -> Iterator[World]:
        """The world to look at and change; what was changed is kept whether or not the call then fails."""
        file = self.folder / "world.json"
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            world = World(**json.loads(file.read_text())) if file.exists() else World()
            try:
                yield world
            finally:
                new = file.with_suffix(".new")
                new.write_text(json.dumps(vars(world)))
                new.replace(file)  # in one step: this process may be killed at any time

    @property
    def settings(self) -> Settings:
        file = self.folder / "settings.json"
        return Settings(**json.loads(file.read_text())) if file.exists() else Settings()

    def configure(self, settings: Settings) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "settings.json").write_text(json.dumps(vars(settings)))

    def record(self, call: Mapping[str, Any]) -> None:
        line = f"{json.dumps(call)}\n".encode()
        descriptor = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)

    def calls(self) -> list[dict[str, Any]]:
        if not self._log.exists():
            return []
        return [json.loads(line) for line in self._log.read_text().splitlines()]
