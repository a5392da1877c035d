"""One process of a service, with this one in the place of the keeper: which of the two is quicker must not matter."""

import asyncio
import ctypes
import os
import signal
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from triton_serving.local_runtime.supervisor import child as child_module
from triton_serving.local_runtime.supervisor.child import Child
from triton_serving.local_runtime.supervisor.identity import kill_marked, mark_of
from triton_serving.local_runtime.supervisor.logs import LogFile, Output
from triton_serving.local_runtime.supervisor.parent import Parent
from triton_serving.local_runtime.supervisor.unit import Say, Unit
from triton_serving.plan.processes import Process

UNIT = "triton-1"
SLEEPS = Process(("sleep", "60"), {})
_PR_SET_CHILD_SUBREAPER = 36


class Keeper(Parent):
    """Inherits what is started, and tells how it ended."""

    def __init__(self) -> None:
        told, self._telling = os.pipe()
        super().__init__(os.getpid(), told)
        self.children: set[int] = set()

    def start(self, command: tuple[str, ...], folder: Path, environment: Mapping[str, str], output: int) -> int:
        pid = super().start(command, folder, environment, output)
        self.children.add(pid)
        return pid

    def reap(self, pid: int, options: int = 0) -> None:
        dead, status = os.waitpid(pid, options)
        if dead:
            self.children.remove(pid)
            os.write(self._telling, b"%d %d\n" % (pid, os.waitstatus_to_exitcode(status)))

    def die(self) -> None:
        os.close(self._telling)


class QuickKeeper(Keeper):
    """The program has ended, and is known to have, before its supervisor has looked at it once."""

    def start(self, command: tuple[str, ...], folder: Path, environment: Mapping[str, str], output: int) -> int:
        pid = super().start(command, folder, environment, output)
        self.reap(pid)
        return pid


class Program(Unit):
    kind = "triton"

    def process(self) -> Process:
        return SLEEPS

    async def become_ready(self, _: Say) -> None:
        await asyncio.get_running_loop().create_future()

    async def needs(self) -> None: ...

    def sweep(self) -> None: ...


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Output]:
    monkeypatch.chdir(tmp_path)
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
    yield Output(LogFile(Path("logs", "triton.log")))
    kill_marked(mark_of(tmp_path))
    prctl(_PR_SET_CHILD_SUBREAPER, 0)


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(60):
            await test()

    asyncio.run(in_time())


def test_a_program_that_ends_at_once_has_its_exit_code_and_its_last_words_told(output: Output) -> None:
    async def test() -> None:
        child = Child.start(Process(("sh", "-c", "echo no library; exit 127"), {}), UNIT, output, QuickKeeper())
        assert await child.ended == 127

    run(test)
    assert list(output.recent) == ["no library"]
    assert "ended (exit code 127)" in output.file.path.read_text()


def test_one_that_has_just_ended_can_be_stopped(output: Output) -> None:
    async def test() -> None:
        keeper = Keeper()
        child = Child.start(SLEEPS, UNIT, output, keeper)
        os.kill(child.pid, signal.SIGKILL)
        keeper.reap(child.pid)
        await child.stop(grace=60)
        assert child.ended.result() == -signal.SIGKILL

    run(test)


def test_a_keeper_that_stands_still_for_a_moment_is_waited_for(output: Output) -> None:
    async def test() -> None:
        keeper = Keeper()
        child = Child.start(Process(("sh", "-c", "exit 3"), {}), UNIT, output, keeper)
        asyncio.get_running_loop().call_later(1, keeper.reap, child.pid)
        assert await child.ended == 3

    run(test)


def test_a_keeper_that_is_dead_is_not_waited_for(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "_CODE_SECONDS", 600)

    async def test() -> None:
        keeper = Keeper()
        child = Child.start(Process(("true",), {}), UNIT, output, keeper)
        keeper.die()
        assert await child.ended is None
        os.waitpid(child.pid, 0)

    run(test)


def test_its_end_is_told_with_the_end_of_its_output(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "_OUTPUT_SECONDS", 600)

    async def test() -> None:
        assert await Child.start(Process(("true",), {}), UNIT, output, QuickKeeper()).ended == 0

    run(test)


def test_a_start_that_is_stopped_at_any_point_leaves_no_process(output: Output) -> None:
    async def test() -> None:
        for steps in range(10):
            keeper = Keeper()
            unit = Program(1, (), keeper, output.file, 60, lambda: None)
            starting = asyncio.create_task(unit.bring_up())
            for _ in range(steps):
                await asyncio.sleep(0)
            starting.cancel()
            while not starting.done():
                await asyncio.sleep(0.01)
                for pid in list(keeper.children):
                    keeper.reap(pid, os.WNOHANG)
            assert unit.pid is None
            assert not kill_marked(mark_of(Path()), seconds=0), f"after {steps} steps"

    run(test)
