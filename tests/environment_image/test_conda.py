"""Azure ML's conda files: what is taken over, and what is refused with the way out."""

import os
from pathlib import Path

import pytest
from triton_serving.environment_image.conda import read_conda_file
from triton_serving.environment_image.wanted import read_wanted

V1 = """\
name: project_environment
channels:
  - anaconda
  - conda-forge
dependencies:
  - python=3.11.9
  - pip=24.0
  - numpy=1.26
  - conda-forge::scikit-learn==1.5.0
  - pillow >=10, <11
  - Pandas=2.2.2
  - pytorch=2.4.1
  - pip:
    - azureml-defaults==1.60.0
    - nltk==3.9.2  # tokens
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "conda_dependencies.yml"


def problems(file: Path, text: str) -> str:
    file.write_text(text)
    return "\n".join(map(str, read_conda_file(file).problems))


def test_a_file_of_v1_gives_its_python_and_its_packages_as_pip_writes_them(file: Path) -> None:
    file.write_text(V1)
    found = read_conda_file(file)
    assert found.problems == []
    assert found.python == "3.11"
    assert [one.text for one in found.given] == [
        "numpy==1.26.*",
        "scikit-learn==1.5.0",
        "pillow>=10,<11",
        "pandas==2.2.2",
        "torch==2.4.1",
        "azureml-defaults==1.60.0",
        "nltk==3.9.2",
    ]


def test_what_is_not_taken_over_is_told(file: Path) -> None:
    file.write_text(V1)
    wanted = read_wanted({"condaFile": str(file), "pipPackages": []})
    assert wanted.problems == ()
    told = "\n".join(wanted.notices)
    assert "channels are ignored" in told
    assert "dependencies[1]: pip is left out" in told
    assert "azureml-defaults may be left out: the scoring server answers imports of azureml.contrib" in told


@pytest.mark.parametrize(
    ("entry", "reasons"),
    [
        ("cudatoolkit=11.1", ["which only conda has", "Triton's own image brings CUDA"]),
        ("cudnn", ["which only conda has"]),
        ("r-base=4.1", ["an entry script is Python"]),
        ("libgcc-ng", ["take a base image that has it (baseImage)"]),
        ("numpy=1.26.4=py311h64a7726_0", ["must not name a build of conda's", "write numpy=1.26.4"]),
        ("python", ["python must be one version with two numbers"]),
        ("python>=3.8", ["python must be one version with two numbers"]),
        ("{pip: nltk}", ["must be a package such as numpy=1.26.4, or a list under pip"]),
        ("7", ["must be a package such as numpy=1.26.4"]),
        ("'a b c'", ["must be a package such as numpy=1.26.4"]),
    ],
)
def test_what_only_conda_has_or_nobody_is_refused_with_its_place(file: Path, entry: str, reasons: list[str]) -> None:
    told = problems(file, f"dependencies:\n- python=3.11\n- {entry}\n")
    for reason in ("dependencies[1]", *reasons):
        assert reason in told


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds a NoneType and not names with values"),
        ("[", "must be readable YAML"),
        ("!!python/object/apply:os.system [id]", "must be readable YAML"),
        ("dependencies: nltk", "'dependencies' must be a list of packages (got 'nltk')"),
        ("dependencies: []", "'dependencies' must be a list"),
        ("dependencys: [nltk]", "'dependencys' is not a part of a conda file"),
        ("variables: {A: b}\ndependencies: [nltk]", "write them in environmentVariables"),
    ],
)
def test_a_file_that_says_something_else_is_refused(file: Path, text: str, reason: str) -> None:
    assert reason in problems(file, text)


def test_a_file_that_is_far_too_large_is_refused_by_its_size_and_not_read(file: Path) -> None:
    file.write_text("dependencies: [numpy]\n")
    os.truncate(file, 1 << 40)  # more than any memory, so that who reads it fails
    (problem,) = read_wanted({"condaFile": str(file), "pipPackages": []}).problems
    assert "must be readable YAML with dependencies (has more than 1,048,576 bytes)" in problem


def test_a_file_that_is_not_there_is_a_problem_beside_others(tmp_path: Path) -> None:
    wanted = read_wanted({"condaFile": str(tmp_path / "none.yml"), "pipPackages": ["-e ."]})
    assert (
        "none.yml: the conda file must be readable YAML with dependencies (found no file there)" in wanted.problems[0]
    )
    assert "pipPackages[0]" in wanted.problems[1]


def test_packages_of_pip_are_held_to_the_same_rules_with_their_place(file: Path) -> None:
    file.write_text("dependencies: ['https://me:hunter2@x/y.conda']")
    told = "\n".join(read_wanted({"condaFile": str(file), "pipPackages": []}).problems)
    assert "dependencies[0]: must be a package of the index" in told
    assert "hunter2" not in told
    file.write_text("dependencies:\n- pip:\n  - --extra-index-url https://me:hunter2@x/simple\n  - git+https://x/y\n")
    told = "\n".join(read_wanted({"condaFile": str(file), "pipPackages": []}).problems)
    assert "dependencies[0].pip[0]: must be a package (got --extra-index-url, which names where" in told
    assert "dependencies[0].pip[1]: must be a package of the index" in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("python", "given", "reason"),
    [
        ("3.8", None, "python must be 3.11 or later"),
        ("3.12", "3.11", "must agree (got 3.11 and 3.12)"),
    ],
)
def test_a_python_that_cannot_be_is_refused(file: Path, python: str, given: str | None, reason: str) -> None:
    file.write_text(f"dependencies: [python={python}]\n")
    inputs = {"condaFile": str(file), "pipPackages": [], **({"pythonVersion": given} if given else {})}
    assert reason in "\n".join(read_wanted(inputs).problems)


def test_a_version_that_is_asked_for_stands_instead_of_the_curated_one(file: Path) -> None:
    file.write_text("dependencies: [python=3.11, numpy=1.26.4]\n")
    lines = read_wanted({"condaFile": str(file), "pipPackages": ["tritonclient==2.50.0"]}).requirements
    assert {"numpy==1.26.4", "tritonclient==2.50.0", "tritonclient[http]"} <= set(lines)
    assert not any("2.73" in line for line in lines)


def test_without_curated_packages_the_scoring_servers_own_are_left() -> None:
    wanted = read_wanted({"curated": "none", "pipPackages": ["nltk==3.9.2"]})
    assert [line.partition(">")[0] for line in wanted.requirements] == [
        "httptools",
        "nltk==3.9.2",
        "uvicorn",
        "uvloop",
        "werkzeug",
    ]
