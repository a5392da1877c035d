from hypothesis import given
from hypothesis import strategies as st
from triton_serving.models.layers import plan_layers
from triton_serving.models.tree import File

MIB = 1 << 20


def file(path: str, size: int = 1) -> File:
    return File(path, size, (0, 0, 0, 0))


def paths(plan: tuple[tuple[File, ...], ...]) -> list[list[str]]:
    return [[one.path for one in layer] for layer in plan]


def test_large_files_have_a_layer_each_and_small_ones_share_one_per_model_version() -> None:
    plan = plan_layers(
        [
            file("m/digits/1/model.onnx", 4 * MIB),
            file("m/digits/1/labels.txt"),
            file("m/digits/1/assets/vocabulary.txt", 4 * MIB - 1),
            file("m/digits/2/labels.txt"),
            file("m/digits/config.pbtxt"),
        ]
    )
    assert paths(plan) == [
        ["m/digits/1/model.onnx"],
        ["m/digits/1/assets/vocabulary.txt", "m/digits/1/labels.txt"],
        ["m/digits/config.pbtxt"],
        ["m/digits/2/labels.txt"],
    ]


def test_a_small_change_leaves_nothing_large_above_it_that_nodes_would_unpack_again() -> None:
    files = [file("m/a/1/a.bin", 10 * MIB), file("m/a/1/weights.bin", 900 * MIB), file("m/a/1/z.bin", 20 * MIB)]
    assert paths(plan_layers([file("m/a/config.pbtxt"), *files])) == [
        ["m/a/1/weights.bin"],
        ["m/a/1/z.bin"],
        ["m/a/1/a.bin"],
        ["m/a/config.pbtxt"],
    ]


def test_the_line_between_small_and_large_moves_until_64_large_files_are_left() -> None:
    files = [file(f"m/a/1/{number}", 5 * MIB) for number in range(65)] + [file("m/a/1/big", 8 * MIB)]
    assert [len(layer) for layer in plan_layers(files)] == [65, 1]


def test_a_new_version_leaves_the_layers_of_others_as_they_are_even_among_many() -> None:
    files = [
        file(f"m/a{number}/{name}")
        for number in range(200)
        for name in ("1/model.py", "zz/labels.txt", "config.pbtxt", "zzz.txt")
    ]
    before = plan_layers(files)
    after = plan_layers([file("m/a150-new/1/model.py"), *files])
    assert len(set(before) - set(after)) <= 1
    assert all(list(layer) == sorted(layer) for layer in before)


def test_a_digit_in_the_registered_folder_s_own_name_is_no_version() -> None:
    assert len(plan_layers([file("1/a/1/x"), file("1/b/1/x")])) == 2


names = st.sampled_from(["a", "b", "1", "22", "digits", "x.bin", "ü"])
files = st.dictionaries(
    st.lists(names, min_size=1, max_size=5).map(lambda parts: "/".join(["m", *parts])),
    st.integers(0, 40 * MIB),
    max_size=300,
).map(lambda sizes: [file(path, size) for path, size in sizes.items()])


@given(files, st.randoms(use_true_random=False))
def test_every_file_is_in_exactly_one_layer_in_any_order_and_overlay_limits_are_kept(files, random) -> None:
    plan = plan_layers(files)
    assert sorted(one for layer in plan for one in layer) == sorted(files)
    assert len(plan) <= 96
    assert all(plan)
    shuffled = files.copy()
    random.shuffle(shuffled)
    assert plan_layers(shuffled) == plan


@given(files.filter(bool), st.data())
def test_a_file_whose_bytes_change_changes_one_layer(files, data) -> None:
    chosen = data.draw(st.integers(0, len(files) - 1))
    touched = [File(one.path, one.size, (1, 1, 1, 1)) if place == chosen else one for place, one in enumerate(files)]
    before, after = plan_layers(files), plan_layers(touched)
    assert len(before) == len(after)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1
