import pytest
from hypothesis import given
from hypothesis import strategies as st
from triton_serving.rules.wording import LONGEST_SHOWN, all_of, nearest, nearest_value, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("naïve 模型", "naïve 模型"),
        ("a\nb", "a\\nb"),
        ("\x1b[31m", "\\x1b[31m"),
        ("caf\udce9", "caf\\xe9"),
        ("\u202e", "\\u202e"),
        ("x" * 200, "x" * LONGEST_SHOWN + "…"),
    ],
)
def test_a_found_value_is_shown_on_one_line_and_bounded(text: str, expected: str) -> None:
    assert shown(text) == expected


@given(st.text(st.characters()))
def test_whatever_is_shown_can_be_printed(text: str) -> None:
    assert shown(text).isprintable()
    shown(text).encode()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("onnxruntim", "onnxruntime"),
        ("ONNXRuntime", "onnxruntime"),
        ("xyz", None),
        ("", None),
        ("o" * 10_000, None),
    ],
)
def test_the_nearest_word_is_the_one_that_was_meant_or_none(word: str, expected: str | None) -> None:
    assert nearest(word, ["python", "onnxruntime"]) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("GPU", "KIND_GPU"),
        ("KIND_GPUS", "KIND_GPU"),
        ("kind_cpu", "KIND_CPU"),
        ("KIND_TPU", None),
        ("KIND_", None),
        ("", None),
        ("K" * 10_000, None),
    ],
)
def test_what_all_values_begin_with_makes_none_of_them_near(word: str, expected: str | None) -> None:
    assert nearest_value(word, ["KIND_AUTO", "KIND_GPU", "KIND_CPU", "KIND_MODEL"]) == expected


def test_a_word_near_to_several_values_means_none_of_them() -> None:
    assert nearest_value("TYPE_INT", ["TYPE_INT8", "TYPE_INT16", "TYPE_FP32"]) is None


def test_what_is_wrong_with_parts_of_a_value_is_told_whole_and_each_once() -> None:
    assert all_of(["must be text", None, "must be short", "must be text"]) == "must be text; and must be short"
    assert all_of([None]) is all_of([]) is None
