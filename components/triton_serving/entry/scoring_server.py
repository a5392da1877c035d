"""The scoring server as it lies beside this package: a distribution of its own, installed with what a script needs."""

import tomllib
from pathlib import Path

from ..models.tree import Tree, walk_tree
from ..rules.problems import UserError
from .source import fingerprints

SCORING_SERVER = Path(__file__).resolve().parents[2] / "scoring_server"
PACKAGE = "triton_scoring"


def needs_of_scoring_server() -> list[str]:
    """Read here because uv, when it reads them, tells every conflict as one of the scoring server."""
    with (SCORING_SERVER / "pyproject.toml").open("rb") as file:
        return list(tomllib.load(file)["project"]["dependencies"])


def scoring_server_version() -> str:
    with (SCORING_SERVER / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def scoring_server_digest() -> str:
    tree, _ = walk_tree(SCORING_SERVER)
    if not tree.files:
        raise UserError(f"{SCORING_SERVER}: the scoring server is missing; it lies beside the package triton_serving")
    return fingerprints(SCORING_SERVER.parent, [file.path for file in tree.files])[1]


def scoring_server_package() -> Tree:
    """The files of the package that runs, without what its distribution needs besides."""
    return walk_tree(SCORING_SERVER / PACKAGE)[0]
