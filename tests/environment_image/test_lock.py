"""Which wheel is chosen for the image, whatever this machine is."""

import pytest
from triton_serving.environment_image.lock import Locked, _choose, _tags, locked, make_lock
from triton_serving.models.work import Work
from triton_serving.rules.problems import UserError

HASHES = {
    name: character * 64
    for name, character in zip(("any", "old", "new", "mac", "cp312", "future"), "abcdef", strict=True)
}
FILES = {
    "any": "p-1.0-py3-none-any.whl",
    "old": "p-1.0-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
    "new": "p-1.0-cp311-cp311-manylinux_2_28_x86_64.whl",
    "mac": "p-1.0-cp311-cp311-macosx_11_0_arm64.whl",
    "cp312": "p-1.0-cp312-cp312-manylinux_2_28_x86_64.whl",
    "future": "p-1.0-cp311-cp311-manylinux_2_35_x86_64.whl",
}


def chosen(*wheels: str, python: str = "3.11", allowed: list[str] | None = None) -> str:
    described = [{"url": f"https://x/{FILES[name]}", "hashes": {"sha256": HASHES[name]}} for name in wheels]
    order = {tag: place for place, tag in enumerate(_tags(python))}
    found = _choose({"name": "p", "version": "1.0", "wheels": described}, order, allowed)
    return next(name for name, digest in HASHES.items() if digest == found.sha256)


@pytest.mark.parametrize(
    ("wheels", "expected"),
    [
        (("any", "old", "new", "mac"), "new"),
        (("any", "old"), "old"),
        (("mac", "any"), "any"),
        (("future", "any"), "any"),
        (("cp312", "old"), "old"),
    ],
)
def test_the_wheel_is_the_one_that_an_installer_in_the_image_would_take(wheels: tuple[str, ...], expected: str) -> None:
    assert chosen(*wheels) == expected
    assert chosen(*reversed(wheels)) == expected


def test_it_is_chosen_for_the_python_of_the_image() -> None:
    assert chosen("cp312", "old", python="3.12") == "cp312"


def test_the_callers_own_hashes_decide() -> None:
    assert chosen("any", "new", allowed=[f"sha256:{HASHES['any']}"]) == "any"
    with pytest.raises(UserError, match=r"p==1\.0: no wheel for the image has one of the hashes"):
        chosen("any", "new", allowed=[f"sha256:{'0' * 64}"])


def test_a_package_for_other_machines_alone_is_refused() -> None:
    with pytest.raises(UserError, match=r"p==1\.0 has no wheel for the image"):
        chosen("mac", "future")


@pytest.mark.usefixtures("small_environments")
def test_a_lock_reads_as_it_was_written_and_keeps_what_still_fits() -> None:
    first = make_lock(["meeting"], "3.11", {}, Work())
    assert [f"{one.name}=={one.version}" for one in locked(first)] == ["greeting==1.0", "meeting==1.0", "parting==1.0"]
    assert make_lock(["greeting"], "3.11", {}, Work())["greeting"].startswith("2.0 ")
    assert make_lock(["greeting"], "3.11", first, Work()) == {"greeting": first["greeting"]}
    assert make_lock([], "3.11", first, Work()) == {}
    assert str(Locked("p", "1.0", "a" * 64)) == f"1.0 sha256:{'a' * 64}"


@pytest.mark.usefixtures("small_environments")
def test_no_python_of_the_images_version_has_to_be_here() -> None:
    assert make_lock(["parting"], "3.14", {}, Work())["parting"].startswith("1.0 ")
