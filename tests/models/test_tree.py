import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from triton_serving.models import tree as tree_module
from triton_serving.models.ignored import IGNORED, is_ignored, why_ignored
from triton_serving.models.tree import read_tree

from .repository import GOOD, write


def rules(directory: Path) -> list[tuple[str, str]]:
    return [(problem.path, problem.rule) for problem in read_tree(directory)[1]]


def test_every_file_and_folder_is_kept_in_order_with_its_size(tmp_path: Path) -> None:
    root = write(tmp_path / "models", {"b/1/w.bin": b"123", "a/1": None, "b/1/.config": b"", "a/notes.txt": b"12"})
    found, problems = read_tree(root)
    assert problems == []
    assert found.directories == ("models", "models/a", "models/a/1", "models/b", "models/b/1")
    assert [(file.path, file.size) for file in found.files] == [
        ("models/a/notes.txt", 2),
        ("models/b/1/.config", 0),
        ("models/b/1/w.bin", 3),
    ]
    assert found.locate("models/b/1/w.bin").read_bytes() == b"123"


def test_the_stamp_changes_when_a_file_is_rewritten_in_place(tmp_path: Path) -> None:
    root = write(tmp_path / "models", {"w": b"123"})
    os.utime(root / "w", ns=(1, 1))  # or both might be written within one tick of the filesystem's clock
    before = read_tree(root)[0].files[0]
    (root / "w").write_bytes(b"456")
    after = read_tree(root)[0].files[0]
    assert before.size == after.size
    assert before.stamp != after.stamp


@pytest.mark.parametrize("pattern", IGNORED)
def test_litter_is_left_out_wherever_it_lies_and_whatever_it_is(pattern: str, tmp_path: Path) -> None:
    name = pattern.replace("*", "x")
    root = write(tmp_path / "models", {f"{name}/deep/file": b"", f"m/1/{name}": b"", "m/1/w": b""})
    (root / "m" / name).symlink_to("/nowhere")
    found, problems = read_tree(root)
    assert problems == []
    assert [file.path for file in found.files] == ["models/m/1/w"]
    assert set(found.ignored) == {f"models/{name}", f"models/m/{name}", f"models/m/1/{name}"}
    assert why_ignored(name)


@pytest.mark.parametrize("name", ["model.py", ".config", ".cache", "config.pbtxt", "w.swap", "a.pyc", "~a"])
def test_what_may_belong_to_a_model_is_not_litter(name: str) -> None:
    assert not is_ignored(name)


@pytest.mark.parametrize("target", ["w", "../outside", "absent", "link", "/etc/passwd", "."])
def test_a_symbolic_link_is_refused_wherever_it_leads(target: str, tmp_path: Path) -> None:
    root = write(tmp_path / "models", {"w": b"", "../outside": b""})
    (root / "link").symlink_to(target)
    assert rules(root) == [("models/link", "link")]
    assert [file.path for file in read_tree(root)[0].files] == ["models/w"]


def test_the_registered_folder_itself_may_be_a_link_and_keeps_the_name_it_was_given(tmp_path: Path) -> None:
    write(tmp_path / "v3", {"w": b""})
    (tmp_path / "models").symlink_to("v3")
    found, problems = read_tree(tmp_path / "models")
    assert problems == []
    assert [file.path for file in found.files] == ["models/w"]


def test_a_hard_link_is_a_file_like_any_other(tmp_path: Path) -> None:
    root = write(tmp_path / "models", {"w": b"123"})
    (root / "twin").hardlink_to(root / "w")
    found, problems = read_tree(root)
    assert problems == []
    assert [file.size for file in found.files] == [3, 3]


def test_pipes_and_sockets_are_refused_and_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path / "models", {"w": b""})
    os.mkfifo(root / "config.pbtxt")
    monkeypatch.chdir(root)  # a socket's path has 108 bytes at most
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        assert rules(root) == [("models/config.pbtxt", "file-kind"), ("models/socket", "file-kind")]


@pytest.mark.skipif(os.getuid() != 0, reason="only root makes devices")
def test_a_device_is_refused(tmp_path: Path) -> None:
    root = write(tmp_path / "models", {})
    try:
        os.mknod(root / "null", 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("no device may be made here")
    assert rules(root) == [("models/null", "file-kind")]


@pytest.mark.parametrize("mode", [0o4755, 0o2755])
def test_a_file_that_runs_with_its_owners_rights_is_refused(mode: int, tmp_path: Path) -> None:
    root = write(tmp_path / "models", {"tool": b""})
    (root / "tool").chmod(mode)
    assert rules(root) == [("models/tool", "file-mode")]


def test_a_folder_whose_group_is_inherited_is_fine(tmp_path: Path) -> None:
    root = write(tmp_path / "models", {"m/w": b""})
    (root / "m").chmod(0o2755)
    assert rules(root) == []


READ_AS_NOBODY = """
import os, sys
from pathlib import Path
from triton_serving.models.tree import read_tree
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
for problem in read_tree(Path(sys.argv[1]))[1]:
    print(problem.path, problem.rule)
"""


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder.name.startswith(("test_", "popen-", "pytest-")):  # nobody else may enter pytest's own folders
            folder.chmod(0o755)
    root = write(tmp_path / "models", {"secret": b"", "closed/w": b"", "open": b""})
    (root / "secret").chmod(0)
    (root / "closed").chmod(0)
    try:
        said = subprocess.run(
            [sys.executable, "-c", READ_AS_NOBODY, root], capture_output=True, text=True, check=True
        ).stdout
    finally:
        (root / "closed").chmod(0o755)
    assert said.splitlines() == ["models/closed unreadable", "models/secret unreadable"]


def test_what_cannot_be_told_by_its_name_is_left_out_and_a_twin_is_not(tmp_path: Path) -> None:
    root = write(tmp_path / "models", {".wh.w/x": b"", "w": b"", "W": b""})
    (root / os.fsdecode(b"caf\xe9")).write_bytes(b"")
    found, problems = read_tree(root)
    assert [problem.rule for problem in problems] == ["name-whiteout", "name-encoding", "name-case"]
    assert [file.path for file in found.files] == ["models/W", "models/w"]


def test_a_long_path_is_refused_by_its_bytes_and_not_gone_into(tmp_path: Path) -> None:
    root = write(tmp_path / "models", {})
    deep = root / "/".join(["ä" * 120] * 4)
    deep.mkdir(parents=True)
    assert rules(root) == []
    (deep / ("b" * 100) / "c").mkdir(parents=True)
    assert rules(root) == [(f"models/{(deep / ('b' * 100)).relative_to(root)}", "path-length")]


def test_a_file_that_was_never_written_is_refused(tmp_path: Path) -> None:
    root = write(tmp_path / "models", {"weights": b"start"})
    os.truncate(root / "weights", 1 << 40)
    assert rules(root) == [("models/weights", "file-sparse")]


def test_counting_stops_at_the_most_entries_there_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_module, "MOST_ENTRIES", 20)
    root = write(tmp_path / "models", {f"d{folder}/f{file}": b"" for folder in range(3) for file in range(5)})
    assert rules(root) == []
    write(root, {f"e/f{file}": b"" for file in range(5)})
    assert rules(root) == [("models", "file-count")]


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("absent", "directory"),
        ("file", "directory"),
        ("a\0b", "directory"),
        ("x" * 5000, "directory"),
        ("my models", "directory-name"),
        ("-models", "directory-name"),
        (".models", "directory-name"),
        ("modèles", "directory-name"),
        ("m" * 101, "directory-name"),
    ],
)
def test_the_registered_folder_must_be_one_and_have_a_plain_name(path: str, rule: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    if rule == "directory-name":
        (tmp_path / path).mkdir()
    (problem,) = read_tree(tmp_path / path)[1]
    assert problem.rule == rule
    assert str(problem).isprintable()


def test_the_root_of_the_disk_has_no_name_to_register() -> None:
    assert [rule for _, rule in rules(Path("/"))] == ["directory-name"]


def test_a_path_with_dots_is_the_folder_it_leads_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write(tmp_path / "models", {"m/w": b""})
    monkeypatch.chdir(root / "m")
    for path in ("..", "../../models", "../m/..", str(root / "m" / "..")):
        assert [file.path for file in read_tree(Path(path))[0].files] == ["models/m/w"]
    monkeypatch.chdir(root)
    assert read_tree(Path())[0].root.name == "models"


NAMES = st.text("abAB._é~ 1", min_size=1, max_size=4).filter(lambda name: name.strip(".") != "")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(paths=st.lists(st.tuples(NAMES, NAMES), max_size=8, unique=True))
def test_the_order_in_which_files_were_made_does_not_matter(
    paths: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    trees = []
    for order in (paths, sorted(paths)):
        root = write(tmp_path_factory.mktemp("order") / "models", {"/".join(path): b"x" for path in order})
        found, problems = read_tree(root)
        files = [(file.path, file.size) for file in found.files]
        trees.append((found.directories, files, found.ignored, problems))
    assert trees[0] == trees[1]


def test_the_good_directory_of_the_other_tests_is_a_good_tree(tmp_path: Path) -> None:
    assert rules(write(tmp_path / "models", GOOD)) == []
