"""The cable between this machine and a cluster's network namespace, and the one route that leads there."""

import ipaddress
import itertools
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from .place import BLOCKS, Addresses, Place


class NoNetwork(Exception):
    """The text says why."""


def free_block(place: Place, taken: Iterable[ipaddress.IPv4Network]) -> int:
    """The cluster's own block, which its folder decides, or the next one that nothing on this machine leads to."""
    networks = list(taken)
    start = BLOCKS.index(place.first_block)
    for block in itertools.chain(BLOCKS[start:], BLOCKS[:start]):
        if not any(Addresses(block).all.overlaps(network) for network in networks):
            return block
    raise NoNetwork(f"every network from 10.{BLOCKS[0]}.0.0/16 to 10.{BLOCKS[-1]}.0.0/16 is in use on this machine")


def routed() -> list[ipaddress.IPv4Network]:
    """The networks that this machine has routes to; the default route is none."""
    found = json.loads(_run("ip", "-4", "-json", "route", "show", "table", "all"))
    targets = [route["dst"] for route in found if route["dst"] != "default"]
    return [ipaddress.IPv4Network(target, strict=False) for target in targets]


def connect(place: Place, addresses: Addresses, process: int) -> None:
    """Lays the cable into the namespace of a process. It goes with the namespace, and the route goes with it."""
    inside = ("nsenter", f"--net=/proc/{process}/ns/net", "--")
    _run("ip", "link", "add", place.cable, "type", "veth", "peer", "name", "eth0", "netns", str(process))
    _run("ip", "address", "add", f"{addresses.host}/30", "dev", place.cable)
    _run("ip", "link", "set", place.cable, "up")
    _run(*inside, "ip", "link", "set", "lo", "up")
    _run(*inside, "ip", "address", "add", f"{addresses.node}/30", "dev", "eth0")
    _run(*inside, "ip", "link", "set", "eth0", "up")
    _run(*inside, "ip", "route", "add", "default", "via", addresses.host)
    _run("ip", "route", "add", str(addresses.all), "via", addresses.node)


def disconnect(place: Place) -> None:
    """At once: the kernel itself takes its time after the namespace's end."""
    if is_connected(place):
        subprocess.run(["ip", "link", "delete", place.cable], capture_output=True)  # the kernel may be faster


def is_connected(place: Place) -> bool:
    return Path("/sys/class/net", place.cable).exists()


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise NoNetwork(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
