import pytest
from triton_serving.rules.arguments import engine_name, python_name, unknown_arguments


def test_known_arguments_raise_no_question():
    assert unknown_arguments(["name"], ["name", "directory"]) == []


def test_a_misspelled_argument_is_told_with_the_nearest_known_one():
    assert unknown_arguments(["dirctory"], ["name", "directory"]) == [
        "'dirctory' is not an argument; did you mean 'directory'?"
    ]


def test_an_argument_like_no_other_is_told_with_all_known_ones():
    assert unknown_arguments(["zzz"], ["name", "directory"]) == ["'zzz' is not an argument; it takes directory, name"]


@pytest.mark.parametrize(("python", "engine"), [("num_replicas", "numReplicas"), ("port", "port")])
def test_python_and_the_engine_spell_a_name_each_in_their_way(python, engine):
    assert (engine_name(python), python_name(engine)) == (engine, python)
