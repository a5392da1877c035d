import pytest
from triton_serving.rules.api_keys import key_problem, new_key


def test_a_new_key_is_an_acceptable_one_and_never_the_same():
    keys = {new_key() for _ in range(1000)}
    assert len(keys) == 1000
    assert [key_problem(key) for key in keys] == [None] * 1000


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 257, "with a space in it", "tab\tin the middle", "schlüssel-schlüssel"]
)
def test_an_unfit_key_is_refused_without_being_shown(key):
    problem = key_problem(key)
    assert problem is not None
    assert not key or key not in problem


def test_a_number_is_not_a_key():
    assert key_problem(1234567890123456) == "must be text (got a int); quote it"
