"""Names that some machine, image or log would not keep; read from a disk they are in test_tree."""

import os

import pytest
from triton_serving.models.name_rules import name_problem, twin_problem


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        (b"caf\xe9", "name-encoding"),
        (b"a\nb", "name-characters"),
        (b"\x1b[31mred", "name-characters"),
        ("a\u200bb".encode(), "name-characters"),
        ("a\u202eb".encode(), "name-characters"),
        (b".wh.w", "name-whiteout"),
        (b".wh..wh..opq", "name-whiteout"),
    ],
)
def test_a_name_that_would_not_survive_is_refused_and_told_in_printable_words(name: bytes, rule: str) -> None:
    problem = name_problem(os.fsdecode(name), f"models/{os.fsdecode(name)}")
    assert problem
    assert problem.rule == rule
    assert str(problem).isprintable()


@pytest.mark.parametrize("name", ["naïve", "模型", "a b", "a'b", 'a"b', "a\\b", "🦊", "-x", "a:b"])
def test_a_name_in_any_language_is_fine(name: str) -> None:
    assert name_problem(name, f"models/{name}") is None
    assert twin_problem(name, f"models/{name}", {"w": "w"}) is None


@pytest.mark.parametrize("pair", [("w", "W"), ("é", "e\u0301"), ("straße", "STRASSE")])
def test_names_that_are_one_file_elsewhere_are_refused(pair: tuple[str, str]) -> None:
    seen: dict[str, str] = {}
    first, second = (twin_problem(name, f"models/{name}", seen) for name in pair)
    assert first is None
    assert second
    assert second.rule == "name-case"
