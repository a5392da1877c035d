"""What a version holds: taken from a checked directory, or recalled from a registry by its number."""

import json
from dataclasses import dataclass

from ..rules.problems import UserError
from .changes import Listing, describe
from .check import Check
from .digest_cache import DigestCache
from .digests import fingerprints
from .finding_needs import needs_of
from .fresh_images import remember
from .image import Image, build_image, inventory
from .image_config import Inventory, Models, labels, read_inventory, read_models
from .registry import Registry
from .work import Work


@dataclass(frozen=True)
class VersionContent:
    digest: str
    files: Listing
    models: Models


def snapshot(check: Check, work: Work) -> tuple[VersionContent, Image]:
    """The content and the image of a directory without problems; only what changed since the last time is read."""
    models = {model.name: list(model.served) for model in check.models}
    with DigestCache(check.tree.root, work) as cache:
        prints = fingerprints(check.tree, cache, work)
        image = build_image(check.tree, prints, labels(models, needs_of(check)), cache, work)
    remember(image.digest, b"".join(image.config.read(0)))
    return VersionContent(image.digest, _listing(inventory(check.tree, prints)), models), image


def recall(registry: Registry, name: str, version: int) -> VersionContent:
    """A version that the registry still has, for roll-back without its files."""
    digest = registry.resolve(name, str(version))
    manifest = registry.manifest(name, digest) if digest else None
    if digest is None or manifest is None:
        kept = sorted(int(tag) for tag in registry.tags(name) if tag.isdecimal())
        there = f"it has {', '.join(map(str, kept))}" if kept else "it has none of this name"
        raise UserError(f"version {version} of '{name}' is not in {registry.location}; {there}")
    config = registry.blob(name, json.loads(manifest)["config"]["digest"])
    return VersionContent(digest, _listing(read_inventory(config)), read_models(config))


def _listing(files: Inventory) -> Listing:
    return {path: describe(size, fingerprint) for path, (size, fingerprint) in files.items()}
