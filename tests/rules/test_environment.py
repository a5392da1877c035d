"""What may be said about the environment of an entry script."""

import pytest
from triton_serving.rules.environment import PYTHON, RULES, variable_problems


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pipPackages", []),
        ("pipPackages", ["nltk"]),
        ("requirementsFile", "requirements.txt"),
        ("pythonVersion", PYTHON),
        ("pythonVersion", "3.12"),
        ("description", ""),
    ],
)
def test_what_is_fine(name, value):
    assert RULES[name](value) is None


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("pipPackages", "nltk", "list of packages"),
        ("pipPackages", ["nltk", 3], "list of packages"),
        ("requirementsFile", " ", "path of a requirements file"),
        ("pythonVersion", 3.11, "as text"),
        ("pythonVersion", "3.10", "3.11 or later"),
        ("pythonVersion", "3.11.4", "without a third number"),
        ("pythonVersion", "2.7", "3.11 or later"),
        ("description", 3, "quote it"),
    ],
)
def test_what_is_refused_with_the_way_out(name, value, says):
    assert says in (RULES[name](value) or "")


def test_variables_with_names_and_texts_are_fine():
    assert variable_problems({"WORKER_COUNT": "2", "LEVEL_1": "", "_x": "ü\n"}) == []


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        (["A=1"], "map names to text"),
        ({"1A": "x"}, "no digit first"),
        ({"A B": "x"}, "no digit first"),
        ({"": "x"}, "no digit first"),
        ({"AZUREML_MODEL_DIR": "x"}, "where the service puts the model"),
        ({"PATH": "x"}, "whole path"),
        ({"A": 1}, "map A to text (got a int); quote it"),
        ({"A": "x\0"}, "without NUL"),
        ({"A": "x" * 40_000}, "at most 32,768 bytes"),
        ({"WORKER_COUNT": "0"}, "whole number"),
        ({"WORKER_COUNT": "2.0"}, "whole number"),
        ({"WORKER_COUNT": "²"}, "whole number"),
        ({"WORKER_COUNT": "1" * 5000}, "whole number"),
    ],
)
def test_variables_that_cannot_be_set_are_refused(variables, says):
    (problem,) = variable_problems(variables)
    assert says in problem


def test_all_problems_are_told_at_once_and_none_shows_a_value():
    problems = variable_problems({"PATH": "secret", "1": "secret", "A": ["secret"]})
    assert len(problems) == 3
    assert not any("secret" in problem for problem in problems)
