"""The folder of an entry script: what goes along, what is refused, and that the copy is what was looked at."""

import os
import re
import socket
from pathlib import Path

import pytest
from triton_serving.entry import source as module
from triton_serving.entry.source import copy_source, read_source
from triton_serving.rules.problems import UserError

SCRIPT = "def init(): ...\ndef run(data): ...\n"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "my source"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "score.py").write_text(SCRIPT)
    (folder / "words.txt").write_text("a b\n")
    return folder


def read(script, directory=None):
    found, problems = read_source(Path(script), directory)
    assert problems == []
    return found


def rules(script, directory=None):
    found, problems = read_source(Path(script), directory)
    assert found is None
    return [(problem.path, problem.rule) for problem in problems]


def test_a_script_without_a_folder_goes_alone(folder):
    found = read(folder / "src" / "score.py")
    assert (found.root, found.entry, list(found.files)) == (folder / "src", "score.py", ["score.py"])


def test_a_script_with_a_folder_takes_all_of_it_along(folder):
    found = read("src/score.py", folder)
    assert (found.root, found.entry) == (folder, "src/score.py")
    assert list(found.files) == ["src/score.py", "words.txt"]
    assert re.fullmatch(r"4 bytes, sha256 [0-9a-f]{16}", found.files["words.txt"])


def test_relative_paths_count_from_the_folder_of_the_program(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert read("my source/src/score.py").root == folder / "src"
    assert read("src/score.py", Path("my source")).root == folder


def test_litter_stays_behind(folder):
    before = read("src/score.py", folder)
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x")
    (folder / "src" / "__pycache__").mkdir()
    (folder / "src" / "__pycache__" / "score.cpython-311.pyc").write_bytes(b"x")
    assert read("src/score.py", folder) == before


@pytest.mark.parametrize("change", ["content", "name", "mode", "more"])
def test_every_change_shows_in_the_digest_and_in_the_files(folder, change):
    before, words = read("src/score.py", folder), folder / "words.txt"
    match change:
        case "content":
            words.write_text("b a\n")
        case "name":
            words.rename(folder / "letters.txt")
        case "mode":
            words.chmod(0o755)
        case "more":
            (folder / "more.txt").write_text("")
    after = read("src/score.py", folder)
    assert after.digest != before.digest
    assert after.files != before.files


def test_the_digest_is_the_same_wherever_the_folder_lies(folder):
    before = read("src/score.py", folder).digest
    moved = folder.rename(folder.with_name("elsewhere"))
    assert read("src/score.py", moved).digest == before


@pytest.mark.parametrize(
    ("script", "rule"),
    [
        ("../score.py", "entry-outside"),
        ("/score.py", "entry-outside"),
        ("src/other.py", "entry-missing"),
        ("src", "entry-name"),
        ("words.txt", "entry-name"),
        ("__pycache__/score.py", "entry-left-out"),
    ],
)
def test_a_script_that_is_not_in_the_folder_is_refused(folder, script, rule):
    assert rules(script, folder) == [(script, rule)]


def test_a_folder_in_the_scripts_place_is_refused(folder):
    (folder / "other.py").mkdir()
    assert rules("other.py", folder) == [("other.py", "entry-missing")]


def test_an_empty_source_directory_is_refused(folder):
    (folder / "empty").mkdir()
    assert rules("score.py", folder / "empty") == [("score.py", "entry-missing")]


@pytest.mark.parametrize("directory", ["nothing", "words.txt"])
def test_a_source_directory_that_is_none_is_refused(folder, directory):
    assert rules("score.py", folder / directory) == [("sourceDirectory", "source-directory")]


def test_what_cannot_be_taken_along_is_refused_with_what_is_wrong_with_the_script(folder):
    (folder / "link").symlink_to("words.txt")
    os.mkfifo(folder / "pipe")
    (folder / os.fsdecode(b"caf\xe9")).write_text("")
    (folder / "src" / "score.py").write_text("def run(data): ...\n")
    with socket.socket(socket.AF_UNIX) as taken:
        taken.bind(str(folder / "socket")) if len(str(folder)) < 90 else (folder / "socket").symlink_to("x")
        found = rules("src/score.py", folder)
    assert [place for place, _ in found] == [
        "my source/caf\\xe9",
        "my source/link",
        "my source/pipe",
        "my source/socket",
        "src/score.py",
    ]


def test_a_folder_that_is_too_large_is_refused(folder, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_FOLDER", len(SCRIPT))
    monkeypatch.setattr(module, "MOST_FILES", 1)
    assert rules("src/score.py", folder) == [("my source", "source-files"), ("my source", "source-size")]


@pytest.mark.parametrize("parts", [1, 40])
def test_a_folder_of_ten_gigabytes_is_refused_by_its_size_and_not_read(folder, parts):
    for number in range(parts):
        (folder / f"part{number}.bin").touch()
        os.truncate(folder / f"part{number}.bin", 10_000_000_000 // parts)
    found, problems = read_source(Path("src/score.py"), folder)
    assert found is None
    assert "at most 300,000,000 bytes (has 10,000,000," in str(problems[0])
    assert [problem.rule for problem in problems] == ["source-size", *(["file-sparse"] if parts == 1 else [])]


def test_a_script_that_is_far_too_large_is_refused_by_its_size_and_not_read(folder):
    script = folder / "src" / "score.py"
    os.truncate(script, 1 << 40)  # more than any memory, so that who reads it fails
    assert rules(script) == [(str(script), "entry-size")]
    assert rules("src/score.py", folder) == [
        ("my source", "source-size"),
        ("my source/src/score.py", "file-sparse"),
        ("src/score.py", "entry-size"),
    ]


def test_the_copy_holds_the_same_files_with_their_modes(folder, tmp_path):
    (folder / "tool").write_text("#!/bin/sh\n")
    (folder / "tool").chmod(0o755)
    found = read("src/score.py", folder)
    copy_source(found, tmp_path / "copies" / "one")
    assert read("src/score.py", tmp_path / "copies" / "one").digest == found.digest
    assert list((tmp_path / "copies").iterdir()) == [tmp_path / "copies" / "one"]


@pytest.mark.parametrize("change", ["written", "removed", "replaced"])
def test_a_file_that_changed_meanwhile_is_refused_and_leaves_no_copy(folder, tmp_path, change):
    found, words = read("src/score.py", folder), folder / "words.txt"
    if change == "written":
        words.write_text("b a\n")
    else:
        words.unlink()
        if change == "replaced":
            os.mkfifo(words)
    with pytest.raises(UserError, match="changed while they were deployed"):
        copy_source(found, tmp_path / "copies" / "one")
    assert list((tmp_path / "copies").iterdir()) == []
