"""EnvironmentImage as ScoringEnvironment declares it: the packages of an entry script, as an image in a registry."""

from .declared import Declared


class EnvironmentImage(Declared):
    """An image with a Python environment in it. Used through ScoringEnvironment."""

    type_name = "EnvironmentImage"
    _computed = ("imageRef", "packages")
