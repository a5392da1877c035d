"""What dies, what is taken, what is killed: told in words, repaired by the next command."""

import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

from parts.asking import ask
from parts.docker_registry import free_port
from parts.load import eventually
from parts.operation import descendants
from parts.services import Service, command_line, running_below


def test_what_crashed_comes_back_by_itself(service: Service) -> None:
    service.up().fine()
    health = service.outputs()["healthUri"]
    for name in ("tritonserver", "triton_python_backend_stub", "envoy"):
        before = service.processes(name)
        assert before, name
        service.kill(name)
        eventually(lambda name=name, before=before: set(service.processes(name)) - set(before), f"a new {name}")
        eventually(lambda: answers(health), f"healthy after {name} was killed")
    service.up("--expect-no-changes").fine()


def answers(uri: str) -> bool:
    try:
        return ask(uri)[0] == 200
    except OSError:
        return False


def test_after_everything_died_refresh_tells_and_up_repairs(service: Service) -> None:
    service.set(port=free_port())  # one that Linux chose would be anybody's while nothing runs
    service.up().fine()
    before = service.outputs()
    service.kill_everything()
    assert "the service is not running" in service.refresh().fine().text
    assert "LocalService" not in service.export()
    assert not answers(before["healthUri"])
    service.up().fine()
    assert answers(service.outputs()["healthUri"])
    service.kill_everything()
    told = service.preview().fine().text
    assert "not running" in told
    service.up().fine()
    assert answers(service.outputs()["healthUri"])
    service.kill_everything()
    service.up("--refresh").fine()
    assert answers(service.outputs()["healthUri"])
    service.kill_everything()
    service.destroy().fine()
    assert not [path for path in service.data.rglob("*") if path.is_file()]


def test_a_port_that_is_taken_is_told_before_anything_is_made(service: Service) -> None:
    with socket.socket() as other:
        port = free_port()
        other.bind(("127.0.0.1", port))
        other.listen()
        service.set(port=port)
        service.preview().refused(f"port {port}", "taken")
        service.up().refused(f"port {port}", "taken")
        assert not service.processes()
    service.up().fine()
    assert str(port) in service.outputs()["scoringUri"]


def test_a_pulumi_that_was_killed_leaves_a_service_that_the_next_up_takes_over(service: Service) -> None:
    running = service.start("up", "--yes", "--skip-preview")
    running.until(lambda: service.processes("tritonserver"))
    running.kill()
    service.pulumi("cancel", "--yes").fine()
    service.up().fine()
    assert len(service.processes("tritonserver")) == 1
    assert answers(service.outputs()["healthUri"])
    service.destroy().fine()
    assert not running_below(service.data)
    eventually(lambda: not plugins(service), "the plugins ended")


def test_a_plugin_that_outlives_pulumi_takes_back_what_it_began_and_ends(service: Service) -> None:
    """Its host, which ends it otherwise, is killed too, and stopped before so that it cannot."""
    starts_for_ever(service)
    running = service.start("up", "--yes", "--skip-preview")
    running.until(lambda: service.processes("triton_scoring"))
    (plugin,) = plugins(service)
    others = set(descendants(running.process.pid)) - {plugin, *descendants(plugin)}
    for process in others:
        send(process, signal.SIGSTOP)
    for process in (running.process.pid, *others):
        send(process, signal.SIGKILL)
    running.process.wait()
    eventually(lambda: not plugins(service), "the plugin ended")
    eventually(lambda: not service.processes(), "everything stopped")
    assert not list((service.data / "triton-serving" / "services").iterdir())


def test_ctrl_c_while_the_first_version_starts_leaves_nothing_running(service: Service) -> None:
    script = service.project / "examples/digits/score.py"
    good = starts_for_ever(service)
    running = service.start("up", "--yes", "--skip-preview")
    running.until(lambda: service.processes("triton_scoring"))
    running.process.send_signal(signal.SIGINT)
    assert running.outcome().code != 0
    eventually(lambda: not service.processes(), "everything stopped")
    eventually(lambda: not plugins(service), "the plugin ended")
    script.write_text(good)
    service.up().fine()
    assert answers(service.outputs()["healthUri"])


def starts_for_ever(service: Service) -> str:
    """A service whose entry script is never ready; the script as it was."""
    script = service.project / "examples/digits/score.py"
    good = script.read_text()
    script.write_text(good.replace("def init():", "def init():\n    import time; time.sleep(3600)\n", 1))
    service.set(mode="scoring")
    return good


def send(process: int, what: signal.Signals) -> None:
    """To one that may be ending by itself."""
    with suppress(ProcessLookupError):
        os.kill(process, what)


def plugins(service: Service) -> list[int]:
    """Processes of our plugin, told by the folder that each was started from."""
    everything = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    return [process for process in everything if f"{service.project / 'components'} " in command_line(process)]
