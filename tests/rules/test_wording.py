import pytest
from hypothesis import given
from hypothesis import strategies as st
from triton_serving.rules.wording import LONGEST_SHOWN, nearest, shown


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
        ("GPU", "KIND_GPU"),
        ("xyz", None),
        ("", None),
        ("o" * 10_000, None),
    ],
)
def test_the_nearest_word_is_the_one_that_was_meant_or_none(word: str, expected: str | None) -> None:
    assert nearest(word, ["python", "onnxruntime", "KIND_GPU", "KIND_CPU"]) == expected
