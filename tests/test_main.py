import os
import subprocess
import sys
from pathlib import Path

import pytest

from .models.repository import ADD, GOOD, write


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "triton_serving", *arguments],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        timeout=60,
    )


def test_a_good_directory_is_summed_up_in_a_line(tmp_path: Path) -> None:
    root = write(tmp_path / "models", GOOD | {"add/config.pbtxt": ADD + "instance_group { kind: KIND_GPU }"})
    found = run("check", root)
    size = sum(file.stat().st_size for file in root.rglob("*") if file.is_file())
    expected = f"{root}: fine: 1 model, 1 version served, 2 files of {size} bytes, needs a GPU for add\n"
    assert (found.returncode, found.stdout, found.stderr) == (0, expected, "")


def test_problems_are_told_one_per_line_for_all_directories(tmp_path: Path) -> None:
    good, bad = write(tmp_path / "good", GOOD), write(tmp_path / "bad", GOOD | {"stray": None, ".git/x": ""})
    found = run("check", bad, good, tmp_path / "absent")
    lines = found.stdout.splitlines()
    assert found.returncode == 1
    assert [line.partition(":")[0] for line in lines] == ["bad/stray", str(good), "absent"]
    assert lines[0].endswith("[version-missing]")
    assert found.stderr == "bad/.git: left out (version control)\n"


def test_quiet_tells_problems_only(tmp_path: Path) -> None:
    good, bad = write(tmp_path / "good", GOOD | {".git/x": ""}), write(tmp_path / "bad", {})
    found = run("check", "--quiet", good, bad)
    assert found.stderr == ""
    assert len(found.stdout.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["check"], ["chek", "."], ["check", "--fast", "."]])
def test_wrong_usage_is_neither_fine_nor_a_problem(arguments: list[str]) -> None:
    found = run(*arguments)
    assert found.returncode == 2
    assert found.stderr.startswith("usage: python -m triton_serving")


def test_help_shows_the_layout_the_exit_codes_and_a_hook() -> None:
    found = run("check", "--help")
    assert found.returncode == 0
    for part in ("models/triton/<model>/<version>/", "Exit code: 0", "pre-commit"):
        assert part in found.stdout


def test_a_terminal_without_unicode_hides_no_problem(tmp_path: Path) -> None:
    root = write(tmp_path / "models", GOOD | {"naïve/1/x": ""})
    found = run("check", root, PYTHONIOENCODING="ascii")
    assert found.returncode == 1
    assert "models/na\\xefve" in found.stdout


def test_the_check_needs_neither_pulumi_nor_grpc(tmp_path: Path) -> None:
    root = write(tmp_path / "models", GOOD)
    program = (
        "import sys\n"
        "from triton_serving.__main__ import main\n"
        f"assert main(['check', {str(root)!r}]) == 0\n"
        "loaded = {'pulumi', 'grpc', 'numpy'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
