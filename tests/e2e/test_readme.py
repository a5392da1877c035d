"""What the README promises a new user, done word for word in a fresh clone."""

import os
import re
import shlex
import subprocess
from pathlib import Path

from parts.docker_registry import free_port
from parts.engine import ACTIVE, ROOT, TOOLS
from parts.services import borrow_programs, running_below

README = (ROOT / "README.md").read_text()
FROM_MAKE = ("MAKE", "MFLAGS", "STACK", "EXTRAS", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT")
CHANGED = "examples/digits/models/triton/digits/config.pbtxt"


def test_the_readmes_commands_do_what_it_says_in_a_fresh_clone(tmp_path: Path) -> None:
    assert commands("sh") == ["make up", "make outputs", "make down"]
    (curl,) = commands("console", 0)
    assert commands("console", 1) == ["make preview"]
    clone = tmp_path / "a clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    environ = user(tmp_path / "home")
    borrow_programs(tmp_path / "home/cache")

    told = run("make up", clone, environ)
    assert "local is up" in told
    assert re.search(r"version +1\n", told)
    assert curl in told, "the summary ends with the line that the README shows"
    answer = run(curl.replace("curl ", "curl --silent ", 1), clone, environ)
    assert names_in(answer) == names_in(block("console", 0)) != []
    assert '"version": 1' in run("make outputs", clone, environ)

    file = clone / CHANGED
    before = file.read_text()
    setting = re.search(r"set\s+`(max_batch_size: \d+)`", README)
    assert setting
    assert CHANGED in README
    file.write_text(re.sub(r"max_batch_size: \d+", setting[1], before))
    # From here on behind a proxy that does not work, as nothing of it leaves this machine.
    dead = f"http://127.0.0.1:{free_port()}"
    environ |= {f"{scheme}_proxy": dead for scheme in ("http", "https", "all")}
    told = words(run("make preview", clone, environ))
    for line in block("console", 1).splitlines()[1:]:
        assert words(line) in told
    assert re.search(r"version 2 of digits: 1 of \d layers sent", run("make up", clone, environ))
    file.write_text(before)
    assert re.search(r"version 1 of digits: 0 of \d layers sent, 0 bytes", run("make up", clone, environ))

    run("make down", clone, environ)
    assert not running_below(tmp_path / "home")
    assert "There is no stack 'local' yet" in run("make outputs", clone, environ, code=2)
    status = subprocess.run(["git", "-C", clone, "status", "--porcelain"], capture_output=True, text=True, check=True)
    assert not status.stdout, "the commands changed files of the checkout"
    assert not [path for path in (tmp_path / "home/data").rglob("*") if path.is_file()]


def user(home: Path) -> dict[str, str]:
    """The environment of somebody who has the programs and the cache of packages, and nothing else of ours."""
    home.mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith((*ACTIVE, *FROM_MAKE))}
    return {
        **kept,
        "PATH": f"{TOOLS}{os.pathsep}{kept['PATH']}",
        "XDG_CONFIG_HOME": os.environ.get("XDG_CONFIG_HOME", str(Path.home() / ".config")),
        "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache/uv")),
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
    }


def run(command: str, clone: Path, environ: dict[str, str], code: int = 0) -> str:
    done = subprocess.run(
        shlex.split(command),
        cwd=clone,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == code, done.stdout
    return done.stdout


def commands(kind: str, number: int = 0) -> list[str]:
    lines = [line.partition(" #")[0].strip() for line in block(kind, number).splitlines()]
    if kind == "console":
        return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return lines


def block(kind: str, number: int = 0) -> str:
    found = re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert len(found) > number, f"the README has no block of {kind} number {number + 1}"
    return str(found[number]).rstrip()


def names_in(answer: str) -> list[str]:
    """The names of the classes; how probable they are differs a little from processor to processor."""
    return re.findall(r"[0-9.]+:\d:(\w+)", answer)


def words(text: str) -> str:
    return " ".join(text.split())
