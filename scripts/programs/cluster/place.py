"""Where a cluster's files lie, what it is called on this machine, and which addresses it has."""

import hashlib
import ipaddress
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

NODE = "node-1"
BLOCKS = range(64, 128)
"""A cluster's addresses are 10.<block>.0.0/16: the upper half of those that few private networks use."""
METRICS_PORT = 4443
"""Where metrics-server listens on the node."""


@dataclass(frozen=True)
class Place:
    """A cluster is known by its folder: clusters in other folders, of any name, do not disturb it."""

    folder: Path

    @cached_property
    def id(self) -> str:
        return hashlib.sha256(str(self.folder).encode()).hexdigest()[:8]

    @property
    def cable(self) -> str:
        """The network device on this machine that leads to the cluster; 15 characters are the most."""
        return f"ts-{self.id}"

    @property
    def group(self) -> str:
        """The control group that all pods are in."""
        return f"triton-serving-{self.id}"

    @property
    def first_block(self) -> int:
        return BLOCKS[int(self.id, 16) % len(BLOCKS)]

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    @property
    def settings(self) -> Path:
        return self.folder / "cluster.json"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def configuration(self) -> Path:
        return self.folder / "configuration"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def complete(self) -> Path:
        """There once everything is up: a start may have been broken off."""
        return self.folder / "complete"

    @property
    def orders(self) -> Path:
        """What `machine` is told, line by line. A pipe by name: unlike a socket its path may be long."""
        return self.folder / "orders"

    @property
    def running(self) -> Path:
        """A file for each part that runs, with its number within the namespace."""
        return self.folder / "running"


@dataclass(frozen=True)
class Settings:
    """What was chosen when the cluster was started."""

    block: int
    programs: str
    """The folder of Kubernetes' programs."""
    registry_program: str
    gpus: int = 0
    kwok: bool = False

    @classmethod
    def load(cls, place: Place) -> Self:
        return cls(**json.loads(place.settings.read_text()))

    def save(self, place: Place) -> None:
        place.settings.write_text(json.dumps(asdict(self)))

    @property
    def addresses(self) -> "Addresses":
        return Addresses(self.block)


@dataclass(frozen=True)
class Addresses:
    block: int

    @property
    def all(self) -> ipaddress.IPv4Network:
        return ipaddress.IPv4Network(f"10.{self.block}.0.0/16")

    @property
    def host(self) -> str:
        """This machine's end of the cable."""
        return f"10.{self.block}.0.1"

    @property
    def node(self) -> str:
        return f"10.{self.block}.0.2"

    @property
    def pods(self) -> str:
        return f"10.{self.block}.16.0/20"

    @property
    def node_pods(self) -> str:
        """Of the only real node; it is given to it by name, so that nothing has to be waited for."""
        return f"10.{self.block}.16.0/24"

    @property
    def services(self) -> str:
        return f"10.{self.block}.32.0/20"

    @property
    def api_service(self) -> str:
        return f"10.{self.block}.32.1"

    @property
    def dns_service(self) -> str:
        return f"10.{self.block}.32.10"

    @property
    def load_balancers(self) -> ipaddress.IPv4Network:
        return ipaddress.IPv4Network(f"10.{self.block}.48.0/24")

    @property
    def fake_pods(self) -> str:
        return f"10.{self.block}.64.0/18"

    @property
    def api(self) -> str:
        return f"https://{self.node}:6443"

    @property
    def registry(self) -> str:
        """The registry's one name, here and within the cluster."""
        return f"{self.node}:5000"
