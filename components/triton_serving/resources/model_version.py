"""ModelVersion as TritonModelRepository declares it: the registered content of a model directory, and its history."""

from .declared import Declared


class ModelVersion(Declared):
    """A model directory, pushed as an immutable image under a counted version. Used through TritonModelRepository."""

    type_name = "ModelVersion"
    _computed = ("imageRef", "digest", "version", "models")
