"""Packages from a list and from a file: one form for the same wish, and a reason for what is not taken."""

import os

import pytest
from triton_serving.entry.requirements import read_requirements

ZEROS, ONES = f"sha256:{'0' * 64}", f"sha256:{'1' * 64}"


def taken(*packages, file=None):
    found, problems = read_requirements(packages, file)
    assert problems == []
    return list(found)


def refused(*packages, file=None):
    _, problems = read_requirements(packages, file)
    return [(problem.path, problem.line, problem.rule) for problem in problems]


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(content):
        (tmp_path / "more.txt").write_bytes(content if isinstance(content, bytes) else content.encode())
        return (tmp_path / "more.txt").relative_to(tmp_path)

    return write


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("nltk", "nltk"),
        (" NLTK == 3.9.2 ", "nltk==3.9.2"),
        ("Scikit_Learn>=1,<2", "scikit-learn<2,>=1"),
        ("tritonclient [ http ]", "tritonclient[http]"),
        ("torch==2.9.0+cpu", "torch==2.9.0+cpu"),
        ("numpy<2; python_version<'3.13'", 'numpy<2; python_version < "3.13"'),
    ],
)
def test_packages_come_in_one_form(given, meant):
    assert taken(given) == [meant]


def test_the_order_and_repetitions_do_not_matter():
    assert taken("b", "a==1", "B", "A == 1") == ["a==1", "b"]


def test_one_package_may_have_a_version_for_each_case():
    assert len(taken("numpy<2; python_version<'3.12'", "numpy>=2; python_version>='3.12'")) == 2


def test_a_file_is_read_as_pip_reads_it(file):
    content = f"\ufeff# all\r\n\r\nnltk==3.9.2 \\\r\n  --hash={ONES} \\\r\n  --hash {ZEROS}  # why\r\npandas#no\r\n"
    found, problems = read_requirements(["numpy"], file(content))
    assert found == (f"nltk==3.9.2 --hash={ZEROS} --hash={ONES}", "numpy")
    assert [(problem.line, problem.rule) for problem in problems] == [(6, "package-form")]


def test_a_file_that_is_far_too_large_is_refused_by_its_size_and_not_read(file):
    large = file("nltk==3.9.2\n")
    os.truncate(large, 1 << 40)  # more than any memory, so that who reads it fails
    _, (problem,) = read_requirements([], large)
    assert (problem.path, problem.rule) == ("more.txt", "requirements-file")
    assert "more than 1,048,576 bytes" in problem.message


@pytest.mark.parametrize(
    ("package", "rule"),
    [
        ("", "package-empty"),
        (" # nothing", "package-form"),
        ("nltk=3", "package-form"),
        ("nltk 3", "package-form"),
        ("nltk==", "package-form"),
        ("-r more.txt", "package-option"),
        ("--index-url=https://user:secret@example.com", "package-option"),
        ("--pre", "package-option"),
        ("https://user:secret@example.com/a.tar.gz", "package-location"),
        ("git+ssh://git@example.com/a", "package-location"),
        ("a @ https://user:secret@example.com/a.whl", "package-location"),
        ("./folder", "package-location"),
        ("folder/inner", "package-location"),
        ("/a.whl", "package-location"),
        ("a.whl", "package-location"),
        (f"nltk --hash={ZEROS}", "package-hash"),
        (f"nltk>=3 --hash={ZEROS}", "package-hash"),
        ("nltk==3 --hash=md5:00", "package-hash"),
    ],
)
def test_what_is_no_package_of_the_index_is_refused_without_showing_an_address(package, rule):
    _, (problem,) = read_requirements([package], None)
    assert (problem.path, problem.rule) == ("pipPackages[0]", rule)
    assert "secret" not in str(problem)


def test_every_problem_is_told_with_its_line(file):
    content = "nltk==1\n-r other.txt\n\nb @ file:///b\n"
    assert refused("nltk==2", "", file=file(content)) == [
        ("more.txt", 1, "package-twice"),
        ("more.txt", 2, "package-option"),
        ("more.txt", 4, "package-location"),
        ("pipPackages[1]", None, "package-empty"),
    ]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a\n" * 600_000], ids=["no text", "large"])
def test_a_file_that_is_no_list_of_packages_is_refused(content, file):
    assert refused(file=file(content)) == [("more.txt", None, "requirements-file")]


def test_a_file_that_is_not_there_is_refused(tmp_path):
    assert refused(file=tmp_path) == [(str(tmp_path), None, "requirements-file")]
    assert refused(file=tmp_path / "x") == [(str(tmp_path / "x"), None, "requirements-file")]
