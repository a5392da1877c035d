"""The cases: model repositories, good and bad, as data. Each module holds one topic."""

from . import ensembles, fields, layout, mutations, names, python_models, scheduling, special, text, versions
from .case import Case

TOPICS = [layout, versions, names, text, fields, scheduling, ensembles, python_models, special, mutations]
CASES: list[Case] = [case for topic in TOPICS for case in topic.CASES]
