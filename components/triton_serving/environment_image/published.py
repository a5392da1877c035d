"""An environment's image in a registry: under a tag made from its digest, held by the stacks that use it.

    env-0123456789ab              the image, for everybody
    env-0123456789ab.0a1b2c3d     the stack 0a1b2c3d uses it
    sha256-<64 hex>.sbom          its list of packages

A registry knows no transactions, so everybody speaks first and looks then, as with versions of models.
"""

from collections.abc import Iterable

from ..models.oci import digest_of
from ..models.push import Sent, push
from ..models.registry import Blob, Registry
from ..models.work import Work
from ..rules.problems import UserError
from .image import Image
from .sbom import artifact

TRIES = 5


def tag_of(digest: str) -> str:
    return f"env-{digest.removeprefix('sha256:')[:12]}"


def sbom_tag(digest: str) -> str:
    return f"{digest.replace(':', '-')}.sbom"


def publish(
    registry: Registry, name: str, image: Image, layers: Iterable[Blob], sbom: bytes, owner: str, work: Work
) -> Sent:
    """Sends what the registry lacks. The image is visible last, with its list of packages already there."""
    listed, parts = artifact(sbom, image.digest, len(image.manifest))
    tags = {
        _hold(image.digest, owner): image.manifest,
        sbom_tag(image.digest): listed,
        tag_of(image.digest): image.manifest,
    }
    with registry.pushing(name):
        sent = push(registry, name, layers, image.config, work)
        for part in parts:
            if not registry.has_blob(name, part.digest, part.size):
                registry.put_blob(name, part, work, lambda _: None)
        for _ in range(TRIES):
            for tag, content in tags.items():
                registry.put_manifest(name, tag, content)
            # Who withdraws the same image at this moment takes all of its tags away.
            if all(registry.resolve(name, tag) == digest_of(content) for tag, content in tags.items()):
                return sent
            work.checkpoint()
    raise UserError(
        f"{registry.location}: {name} does not keep {tag_of(image.digest)}, which was put there {TRIES} times; is "
        "somebody else taking it away? Run the same command again when they are done"
    )


def is_there(registry: Registry, name: str, digest: str) -> bool:
    return registry.resolve(name, tag_of(digest)) == digest


def held(registry: Registry, name: str, owner: str) -> list[str]:
    """The digests of what the owner holds, by tag."""
    tags = sorted(tag for tag in registry.tags(name) if tag.startswith("env-") and tag.endswith(f".{owner}"))
    return [digest for tag in tags if (digest := registry.resolve(name, tag)) is not None]


def withdraw(registry: Registry, name: str, digest: str, owner: str) -> None:
    """Lets go of an image; the last to do so takes it out of the registry."""
    registry.untag(name, _hold(digest, owner))
    content = registry.manifest(name, digest)
    if content is None or _is_held(registry.tags(name), digest):
        return
    registry.untag(name, tag_of(digest))
    tags = registry.tags(name)
    if _is_held(tags, digest):
        registry.put_manifest(name, tag_of(digest), content)
        return
    # A tag that a user set by hand keeps the image.
    if not any(registry.resolve(name, tag) == digest for tag in tags):
        listed = registry.resolve(name, sbom_tag(digest))
        if listed is not None:
            registry.delete(name, listed)
        registry.delete(name, digest)


def _hold(digest: str, owner: str) -> str:
    return f"{tag_of(digest)}.{owner}"


def _is_held(tags: Iterable[str], digest: str) -> bool:
    return any(tag.startswith(f"{tag_of(digest)}.") for tag in tags)
