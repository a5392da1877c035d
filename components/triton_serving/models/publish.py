"""Version numbers on top of either home, counted up per name; each stack holds the versions it uses.

A registry knows no transactions, so everybody speaks first and looks then: who wants a number puts its own hold and
lists the tags; who wants a version gone takes its number away and lists the tags. Of two that meet, at least one
sees the other and steps back.
"""

import random
from dataclasses import dataclass

from ..rules.problems import UserError
from .image import Image
from .push import push
from .registry import Registry
from .versions import Versions, hold_tag, read_tags, version_tag
from .work import Work

TRIES = 30
"""So many stacks would have to publish under one name at the same moment that somebody is not served."""
PAUSE = 0.5
"""Seconds; rivals step back for a random part of it, growing with every meeting."""


@dataclass(frozen=True)
class Published:
    version: int
    digest: str
    sent_layers: int
    sent_bytes: int


def predict(registry: Registry, name: str, digest: str, floor: int, before: int | None = None) -> int:
    """The number `publish` would give this content now; reads only."""
    return _number(registry, name, digest, read_tags(registry.tags(name)), floor, before)


def publish(
    registry: Registry, name: str, image: Image, owner: str, floor: int, work: Work, before: int | None = None
) -> Published:
    """Makes an image a version held by `owner`; content that is a version already keeps its number.

    New content gets a number above `floor`. `before` is the number that this content had, as the stack remembers it: a
    registry that lost the version gets it back under the same one.
    """
    with registry.pushing(name):
        sent = push(registry, name, (layer.blob() for layer in image.layers), image.config, work)
        number = _publish(registry, name, image, owner, floor, work, before)
    return Published(number, image.digest, sent.layers, sent.bytes)


def hold(registry: Registry, name: str, version: int, digest: str, owner: str) -> None:
    """Says that `owner` uses a version that is there."""
    there = registry.resolve(name, version_tag(version)) == digest
    content = registry.manifest(name, digest) if there else None
    if content is not None:
        registry.put_manifest(name, hold_tag(version, owner), content)
        # Gone again when its last holder let go of it in between.
        if registry.resolve(name, version_tag(version)) == digest == registry.resolve(name, hold_tag(version, owner)):
            return
        registry.untag(name, hold_tag(version, owner))
    numbers = ", ".join(map(str, read_tags(registry.tags(name)).newest_first()[:20])) or "none"
    raise UserError(
        f"{registry.location}: {name} has no version {version} with {digest}; "
        f"choose one of these: {numbers} (newest first)"
    )


def held(registry: Registry, name: str, owner: str) -> list[tuple[int, str]]:
    """Number and digest of every version that `owner` holds, oldest first."""
    there = read_tags(registry.tags(name))
    numbers = sorted(number for number, holder in there.holds if holder == owner and number in there.numbers)
    resolved = ((number, registry.resolve(name, version_tag(number))) for number in numbers)
    return [(number, digest) for number, digest in resolved if digest is not None]


def withdraw(registry: Registry, name: str, version: int, owner: str) -> None:
    """Lets go of a version; the last to do so takes it out of the registry."""
    registry.untag(name, hold_tag(version, owner))
    digest = registry.resolve(name, version_tag(version))
    if digest is None or read_tags(registry.tags(name)).held(version):
        return
    content = registry.manifest(name, digest)
    registry.untag(name, version_tag(version))  # from here on nobody new can hold it
    tags = registry.tags(name)
    if content is not None and read_tags(tags).held(version):
        registry.put_manifest(name, version_tag(version), content)
        return
    # A tag that a user set by hand, or a second number of the same content, keeps the image.
    if not any(registry.resolve(name, tag) == digest for tag in tags):
        registry.delete(name, digest)


def _publish(
    registry: Registry, name: str, image: Image, owner: str, floor: int, work: Work, before: int | None
) -> int:
    for number in read_tags(registry.tags(name)).unfinished(owner):
        registry.untag(name, hold_tag(number, owner))  # of a run that was killed between its hold and its version
    for attempt in range(TRIES):
        work.checkpoint()
        there = read_tags(registry.tags(name))
        number = _number(registry, name, image.digest, there, floor, before)
        if _claim(registry, name, number, image, owner, number in there.numbers):
            return number
        work.say(f"another stack publishes {name} at the same time; trying the next version")
        work.stop.wait(random.SystemRandom().uniform(0, PAUSE * min(attempt + 1, 10)))
    raise UserError(
        f"{registry.location}: others kept publishing {name} at the same time ({TRIES} tries); "
        "run the same command again when they are done"
    )


def _number(registry: Registry, name: str, digest: str, there: Versions, floor: int, before: int | None) -> int:
    if found := _find(registry, name, digest, there):
        return found
    return before if before is not None and there.free(before) else there.next(floor)


def _find(registry: Registry, name: str, digest: str, there: Versions) -> int | None:
    """The newest version with this content, or None."""
    if not there.numbers or registry.resolve(name, digest) is None:
        return None
    return next((n for n in there.newest_first() if registry.resolve(name, version_tag(n)) == digest), None)


def _claim(registry: Registry, name: str, number: int, image: Image, owner: str, known: bool) -> bool:
    """Holds a number and makes it a version if it is not, unless somebody else speaks for it with other content."""
    mine = hold_tag(number, owner)
    registry.put_manifest(name, mine, image.manifest)
    there = read_tags(registry.tags(name))
    if known and number not in there.numbers:  # just being withdrawn: with its last holder goes its content
        registry.untag(name, mine)
        return False
    if all(registry.resolve(name, rival) in (image.digest, None) for rival in there.rivals(number, owner)):
        if number not in there.numbers:
            registry.put_manifest(name, version_tag(number), image.manifest)
        # Who withdraws the same content under another number at this moment takes all of its tags away.
        if registry.resolve(name, version_tag(number)) == image.digest == registry.resolve(name, mine):
            return True
    registry.untag(name, mine)
    return False
