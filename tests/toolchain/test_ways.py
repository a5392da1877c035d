from pathlib import Path

import pytest
from programs.pins import new_enough, version_in
from programs.ways import NothingWorked, Unavailable, Way, first_that_works


def unavailable(reason: str) -> Path:
    raise Unavailable(reason)


def test_the_first_way_that_works_is_taken_and_no_later_one_is_tried() -> None:
    ways = [
        Way("first", lambda: unavailable("not here")),
        Way("second", lambda: Path("/second")),
        Way("third", lambda: pytest.fail("was tried")),
    ]
    assert first_that_works("it", ways, "advice") == Path("/second")


def test_when_nothing_works_every_way_says_why_and_the_advice_comes_last() -> None:
    ways = [Way("first", lambda: unavailable("not here")), Way("second", lambda: unavailable("too old"))]
    with pytest.raises(NothingWorked) as failure:
        first_that_works("it", ways, "Install it.")
    assert str(failure.value).splitlines() == [
        "it could not be had. What was tried:",
        "  - first: not here",
        "  - second: too old",
        "Install it.",
    ]


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0", (3, 259, 0)),
        ("uv 0.13.8 (x86_64-unknown-linux-gnu)", (0, 13, 8)),
        ("go1.26", (1, 26, 0)),
        ("v3.260.0-alpha.1+dirty", (3, 260, 0)),
        ("no version", None),
    ],
)
def test_a_version_is_found_in_what_a_program_says(text: str, version: tuple[int, ...] | None) -> None:
    assert version_in(text) == version


@pytest.mark.parametrize(
    ("version", "enough"),
    [((3, 259, 0), True), ((3, 272, 1), True), ((3, 258, 9), False), ((2, 300, 0), False), ((4, 0, 0), False)],
)
def test_a_version_is_new_enough_from_the_minimum_up_to_the_next_major_one(
    version: tuple[int, ...], enough: bool
) -> None:
    assert new_enough(version, "3.259.0") is enough
