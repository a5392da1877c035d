"""What goes over the wire to the engine comes back as it was, with secrets and unknowns marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from triton_serving.resources.values import UNKNOWN, decode, encode, has_unknown, secrets_in

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


def test_unknowns_survive_the_wire():
    properties = {"later": UNKNOWN, "nested": {"deep": [UNKNOWN]}}
    assert properties == decode(encode(properties))


def test_what_was_sent_as_a_secret_is_known_as_one_and_reads_like_any_value():
    sent = encode({"key": "s3cret", "open": "x", "later": UNKNOWN}, secrets=["key", "later"])
    assert secrets_in(sent) == {"key", "later"}
    assert decode(sent) == {"key": "s3cret", "open": "x", "later": UNKNOWN}


def test_a_secret_deep_inside_makes_the_whole_property_one():
    inner = encode({"password": "s3cret"}, secrets=["password"])
    sent = encode({"tags": {}, "list": []})
    sent.fields["tags"].struct_value.CopyFrom(inner)
    sent.fields["list"].list_value.values.add().struct_value.CopyFrom(inner)
    assert secrets_in(sent) == {"tags", "list"}


def test_nulls_are_left_out():
    assert decode(encode({"given": "x", "missing": None})) == {"given": "x"}


@pytest.mark.parametrize("value", [UNKNOWN, {"a": {"b": UNKNOWN}}, ["x", [UNKNOWN]]])
def test_an_unknown_is_found_however_deep_it_lies(value):
    assert has_unknown(value)
