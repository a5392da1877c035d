"""What may be said about an environment's image, besides its packages and variables."""

import re
from collections.abc import Callable, Mapping

from .environment import RULES as OF_ENVIRONMENTS
from .registration import name_problem
from .service import switch_problem, text_problem

CURATED = "AzureML-Triton"
"""The name that Azure ML's own environment for Triton had."""
NO_PACKAGES = "none"
_REGISTRY = r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?|[a-z0-9-]+:\d+|localhost|oci-layout://"
"""A first part without a dot or a port would be Docker's short form of names on Docker Hub, which other tools read
otherwise."""
_BASE = re.compile(rf"(?:{_REGISTRY})(?:/[\w.-]+)+(?::\w[\w.-]{{0,127}})?(?:@sha256:[0-9a-f]{{64}})?")


def base_image_problem(image: object) -> str | None:
    if isinstance(image, str) and _BASE.fullmatch(image):
        return None
    if isinstance(image, str) and "@" in image.partition("@sha256:")[0]:
        return "holds no login (got an '@' before the digest); leave it out and run `docker login` for that registry"
    return f"must be an image with its registry, such as docker.io/library/python:3.11-slim@sha256:… (got {image!r})"


def curated_problem(curated: object) -> str | None:
    if curated in (CURATED, NO_PACKAGES):
        return None
    return f"must be {CURATED} or {NO_PACKAGES} (got {curated!r}); packages of your own are added to either"


def conda_file_problem(file: object) -> str | None:
    return None if isinstance(file, str) and file.strip() else f"must be the path of a conda file (got {file!r})"


RULES: Mapping[str, Callable[[object], str | None]] = {
    **OF_ENVIRONMENTS,
    "name": name_problem,
    "registry": text_problem,
    "baseImage": base_image_problem,
    "curated": curated_problem,
    "condaFile": conda_file_problem,
    "allowPlainHttp": switch_problem,
}
"""One rule for each input whose value can be judged alone."""
