"""What goes over the wire to the engine comes back as it was, with secrets and unknowns marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from triton_serving.resources.values import UNKNOWN, Secret, decode, encode, has_unknown

plain = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner),
)


@given(st.dictionaries(st.text(min_size=1), plain))
def test_every_plain_value_comes_back_as_it_was(properties):
    assert properties == decode(encode(properties))


def test_whole_numbers_stay_whole_although_the_wire_has_only_floats():
    version = decode(encode({"version": 3}))["version"]
    assert isinstance(version, int)


def test_secrets_and_unknowns_survive_the_wire():
    properties = {"key": Secret("s3cret"), "later": UNKNOWN, "both": Secret(UNKNOWN), "nested": {"deep": [UNKNOWN]}}
    assert properties == decode(encode(properties))


def test_nulls_are_left_out():
    assert decode(encode({"given": "x", "missing": None})) == {"given": "x"}


@pytest.mark.parametrize("value", [UNKNOWN, Secret(UNKNOWN), {"a": {"b": UNKNOWN}}, ["x", [UNKNOWN]]])
def test_an_unknown_is_found_however_deep_it_lies(value):
    assert has_unknown(value)


def test_a_secret_does_not_show_itself():
    assert "s3cret" not in repr({"key": Secret("s3cret")})
