import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from parts.load import eventually
from triton_serving.local_runtime.supervisor import identity as identity_module
from triton_serving.local_runtime.supervisor.identity import MARK, Identity, kill_marked, mark_of

WITHOUT_ITS_FIRST_THREAD = """
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
ctypes.CDLL(None).pthread_exit(None)
"""
LARGE = "import time; content = b'x' * 2**28; print(flush=True); time.sleep(60)"


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["sleep", "60"], env={MARK: mark_of(tmp_path, "triton-1")}) as process:
        yield process
        process.kill()


def test_a_process_is_alive_until_it_ends(sleeper: "subprocess.Popen[bytes]") -> None:
    identity = Identity.of(sleeper.pid)
    assert identity.is_alive()
    identity.send(signal.SIGTERM)
    assert identity.wait(10)  # though nobody has waited for it yet
    identity.send(signal.SIGTERM)


def test_one_whose_first_thread_has_ended_is_alive_with_the_others() -> None:
    """As one is for a moment that was killed: it holds its ports until the last thread has gone."""
    with subprocess.Popen([sys.executable, "-c", WITHOUT_ITS_FIRST_THREAD]) as process:
        identity = Identity.of(process.pid)
        eventually(lambda: ") Z " in Path(f"/proc/{process.pid}/stat").read_text(), "its first thread has ended")
        assert identity.is_alive()
        process.kill()
        assert identity.wait(10)


def test_another_process_with_the_same_number_is_neither_it_nor_signalled(sleeper: "subprocess.Popen[bytes]") -> None:
    earlier = replace(Identity.of(sleeper.pid), started=1)
    assert not earlier.is_alive()
    earlier.send(signal.SIGKILL)
    assert not replace(Identity.of(sleeper.pid), boot="another").is_alive()
    assert sleeper.poll() is None


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    identity = Identity.of(os.getpid())
    (tmp_path / "written").write_text(identity.to_json())
    assert Identity.read(tmp_path / "written") == identity


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'], ids=["empty", "cut", "list", "half"])
def test_what_cannot_be_read_is_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "written").write_text(text)
    assert Identity.read(tmp_path / "written") is None


def test_a_service_is_ended_with_all_its_units(tmp_path: Path, sleeper: "subprocess.Popen[bytes]") -> None:
    kill_marked(mark_of(tmp_path))
    assert sleeper.wait(10) == -signal.SIGKILL


def test_what_was_killed_has_ended(tmp_path: Path) -> None:
    """It loses its mark at once, and what it holds when its memory was taken back."""
    marked = {MARK: mark_of(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", LARGE], env=marked, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert kill_marked(mark_of(tmp_path)) == []
        assert process.poll() == -signal.SIGKILL


def test_a_unit_can_be_spared(tmp_path: Path, sleeper: "subprocess.Popen[bytes]") -> None:
    kill_marked(mark_of(tmp_path), spared=[mark_of(tmp_path, "triton-1")])
    assert sleeper.poll() is None
    kill_marked(mark_of(tmp_path), spared=[mark_of(tmp_path, "triton-11"), mark_of(tmp_path, "triton")])
    assert sleeper.wait(10) == -signal.SIGKILL


@pytest.mark.parametrize("folder", ["", "s", "ervice"], ids=["parent", "longer", "other"])
def test_no_other_service_is_touched(tmp_path: Path, folder: str, sleeper: "subprocess.Popen[bytes]") -> None:
    kill_marked(mark_of(Path(f"{tmp_path}{folder}") if folder else tmp_path.parent))
    kill_marked(mark_of(tmp_path, "triton-11"))
    kill_marked(mark_of(tmp_path, "triton"))
    assert sleeper.poll() is None


def test_one_that_ends_before_it_could_be_signalled_is_no_trouble(
    tmp_path: Path, sleeper: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    has, looks = identity_module._has, []

    def ends_after_the_second_look(pid: int, mark: str) -> bool:
        if not has(pid, mark):
            return False
        looks.append(pid)
        if len(looks) == 2:
            sleeper.kill()
            sleeper.wait()
        return True

    monkeypatch.setattr(identity_module, "_has", ends_after_the_second_look)
    assert kill_marked(mark_of(tmp_path)) == []
    assert looks == [sleeper.pid] * 2
