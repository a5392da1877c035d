from triton_serving.models.versions import Versions, read_tags

A, B = "aaaaaaaa", "bbbbbbbb"


def test_versions_and_holds_are_read_and_tags_set_by_hand_are_not() -> None:
    tags = [
        "1",
        "2",
        f"2.{A}",
        f"3.{B}",
        "latest",
        "prod",
        "0",
        "01",
        "1.0",
        f"1.{A}0",
        f"v1.{A}",
        "²",
        f"1.{A.upper()}",
    ]
    assert read_tags(tags) == Versions(frozenset({1, 2}), frozenset({(2, A), (3, B)}))


def test_the_next_number_was_never_in_use() -> None:
    assert read_tags([]).next(0) == 1
    assert read_tags(["1", "2"]).next(0) == 3
    assert read_tags(["1", f"7.{A}"]).next(0) == 8
    assert read_tags(["1"]).next(9) == 10


def test_claims_that_came_to_nothing_are_known_by_their_owner() -> None:
    versions = read_tags(["1", f"1.{A}", f"2.{A}", f"3.{B}"])
    assert versions.unfinished(A) == [2]
    assert versions.unfinished(B) == [3]


def test_rivals_are_all_others_that_speak_for_a_number() -> None:
    versions = read_tags(["1", f"1.{A}", f"1.{B}", f"2.{A}"])
    assert versions.rivals(1, A) == [f"1.{B}", "1"]
    assert versions.rivals(2, A) == []
    assert versions.held(2)
    assert not versions.held(3)
