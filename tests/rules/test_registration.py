"""What may be said when a model directory is registered."""

import pytest
from triton_serving.rules.registration import RULES, name_problem


@pytest.mark.parametrize("name", ["digits", "bidaf-9-tutorial", "bidaf_onnx", "a", "a.b", "a__b", "a" * 128])
def test_names_that_registries_take_are_accepted(name):
    assert name_problem(name) is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "must not be empty"),
        ("a" * 129, "at most 128 characters (got 129)"),
        ("DenseNet", "try 'densenet'"),
        ("my model", "try 'my-model'"),
        ("../etc", "try 'etc'"),
        ("digits:1", "try 'digits-1'"),
        ("---", "choose another name"),
        ("a\nb", "try 'a-b'"),
        ("modèle", "got 'modèle'"),
        (7, "must be text (got 7)"),
    ],
)
def test_other_names_are_refused_with_a_way_out(name, says):
    assert says in name_problem(name)


@pytest.mark.parametrize(
    ("argument", "value", "says"),
    [
        ("keepVersions", -1, "0 to 100 (got -1)"),
        ("keepVersions", 101, "got 101"),
        ("keepVersions", 1.5, "got 1.5"),
        ("keepVersions", True, "got True"),
        ("pinnedVersion", 0, "1 or higher (got 0)"),
        ("pinnedVersion", 10**9 * 9, "got 9000000000"),
        ("allowPlainHttp", "yes", "true or false (got 'yes')"),
        ("tags", ["a"], "must map names to text"),
        ("tags", {"team": 3, "": "x"}, "wrong: '', 'team'"),
        ("description", 3, "must be text"),
    ],
)
def test_values_out_of_bounds_are_refused_with_the_value(argument, value, says):
    assert says in RULES[argument](value)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("keepVersions", 0), ("pinnedVersion", 1), ("allowPlainHttp", False), ("tags", {}), ("description", "")],
)
def test_values_at_the_bounds_are_accepted(argument, value):
    assert RULES[argument](value) is None
