"""PythonEnvironment as ScoringEnvironment declares it: the packages of an entry script, installed on this machine."""

from .declared import Declared


class PythonEnvironment(Declared):
    """A virtual environment on this machine. Used through ScoringEnvironment."""

    type_name = "PythonEnvironment"
    _computed = ("environmentRef", "packages")
